"""Addresses."""

from __future__ import annotations

from django.urls import path

from balm.web.people.views import entrance, me, members, workspace

app_name = "people"
urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/language", me.language, name="language"),
    path("workspaces/new", me.new_workspace, name="new_workspace"),
    path("sign-in/<str:token>", entrance.sign_in_link, name="sign_in_link"),
    path("invitation/<str:token>", entrance.invitation, name="invitation"),
    path("w/<slug:slug>/settings/", members.people, name="settings"),
    path("w/<slug:slug>/settings/people/invite", members.invite, name="invite"),
    path("w/<slug:slug>/settings/people/leave", members.leave, name="leave"),
    path("w/<slug:slug>/settings/people/<int:pk>", members.member, name="member"),
    path("w/<slug:slug>/settings/people/<int:pk>/remove", members.remove, name="remove"),
    path("w/<slug:slug>/settings/people/<int:pk>/link", members.link, name="link"),
    path("w/<slug:slug>/settings/invitations/<int:pk>/withdraw", members.withdraw, name="withdraw"),
    path("w/<slug:slug>/settings/teams/add", members.team_add, name="team_add"),
    path("w/<slug:slug>/settings/teams/<int:pk>", members.team_rename, name="team_rename"),
    path("w/<slug:slug>/settings/teams/<int:pk>/remove", members.team_remove, name="team_remove"),
    path("w/<slug:slug>/settings/general", workspace.general, name="general"),
    path("w/<slug:slug>/settings/keys", workspace.keys, name="keys"),
    path("w/<slug:slug>/settings/keys/<int:pk>/revoke", workspace.key_revoke, name="key_revoke"),
    path("w/<slug:slug>/settings/audit", workspace.audit, name="audit"),
    path("w/<slug:slug>/settings/audit.csv", workspace.audit_csv, name="audit_csv"),
]
