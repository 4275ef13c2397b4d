"""The web application: thin Django apps over the same verbs the command line uses, one app a noun."""
