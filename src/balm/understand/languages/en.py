"""English: the words that tell it from its neighbors, and those that join or part clauses. All in lower case."""

from __future__ import annotations

STOP = (
    "the and is it this that for with my you have are not but was they we your from very i of has had will would can could "
    "been were when what there their just get got all out so if or please its an at be by do does did don isn didn doesn "
    "can't he she his her our us me no on in to as how why who which than then too never ever about after before because only "
    "more most some any other good great bad work works need want like really much"
).split()
"""Frequent words of English; one that is as frequent elsewhere still counts, the majority decides."""

FOREIGN = (
    # Spanish, Portuguese
    "el los del que es muy por para con una lo se su al como pero más todo esta este está hay bien bueno buena excelente "
    "gracias producto servicio nunca también uma um não nao muito com meu minha bom boa mais produto serviço obrigado ótimo "
    # French
    "le la les des du de et est pas très tres pour avec une un je il elle nous vous sur dans ce cette qui mais merci produit "
    "mauvais bonne ne "
    # German, Dutch
    "der das und ist nicht ich ein eine sehr mit für auf zu den dem von auch aber schlecht kein keine wir sie wie nur noch "
    "het een niet maar voor zijn ik dat goed zeer "
    # Italian
    "gli di che molto sono ho questo questa anche buono ottimo della nel "
    # Indonesian, Malay
    "yang dan ini itu saya tidak sangat untuk dengan sudah bagus bisa ada barang "
    # Turkish, Polish, Scandinavian, Tagalog, Hindi in Latin script
    "bir ve çok cok bu için icin ama değil nie jest się sie bardzo jak och är ikke det på som jag inte meget ang mga hindi "
    "hai nahi bahut accha"
).split()
"""Frequent words of other languages in Latin script that English does not have."""

LOANS = (
    "café cafe naïve résumé fiancé fiancée jalapeño piñata entrée décor sauté crème brûlée purée cliché façade".split()
)
"""English words that keep an accent."""

CONTRAST = (
    "but although though however except while yet whereas despite unfortunately sadly nevertheless nonetheless downside "
    "downsides albeit cons"
).split()
"""A clause that begins with one of these is set against what stands before it."""

BEFORE_BUT = "nothing anything everything all none help choice option last sorry".split()
"""No contrast: nothing but, all but, cannot help but, last but not least."""

AFTER_BUT = "also rather".split()
"""No contrast: not only … but also."""

AFTER_YET = "another again to".split()
BEFORE_YET = "not isn't hasn't haven't as ever best worst just never nothing".split()
AFTER_WHILE = "ago on in at you i we they he she it the my".split()
"""A while in time rather than in contrast; so is one before a word in -ing."""

SUBJECTS = (
    "i it we they he she you this that these those there my our their his her its the nobody everyone no not only never i'm "
    "i've it's they're we're you're that's there's didn't don't doesn't can't couldn't won't isn't wasn't never still also"
).split()
"""A comma before one of these may part clauses (after `and`, `so`, `then` too)."""

LINKS = "and so then plus or because since".split()

CONNECTIVES = (
    "overall first second third firstly secondly finally also honestly basically anyway actually well so and then besides "
    "moreover furthermore however therefore please hi hello hey ok okay plus yes no lol"
).split()
"""Standing alone before a comma, these belong to the clause that follows."""

PREDICATES = (
    "is are was were am be been has have had do does did can could will would should isn't aren't wasn't weren't don't "
    "doesn't didn't can't couldn't won't wouldn't shouldn't haven't hasn't got get gets getting came come comes took take "
    "takes works work worked working broke broken breaks crash crashes crashed fails failed fail stopped stops keeps kept "
    "arrived arrives received refused love loved loves like liked hate hated need needs want wanted told said says went "
    "charged paid cost costs cancelled canceled delayed waiting waited lost missing damaged looks look looked feels feel "
    "felt sounds tastes tasted smells fits "
    "good great bad late slow rude poor nice excellent terrible awful horrible amazing fantastic fine ok okay perfect cheap "
    "expensive friendly unfriendly helpful useless cold hot dirty clean fast quick easy hard difficult confusing wrong right "
    "worst best better worse disappointing disappointed happy unhappy angry comfortable uncomfortable loud noisy small big "
    "tight loose average decent superb awesome pathetic worthless defective faulty overpriced late early on-time polite "
    "unhelpful unacceptable ridiculous long short low high weak strong heavy light bland delicious tasty fresh stale"
).split()
"""A stretch between commas that holds one of these can stand as a clause."""

ABBREVIATIONS = (
    "mr mrs ms dr st vs etc inc ltd dept approx jr sr prof est min mins hr hrs tel fig co corp ave blvd ext".split()
)
"""Words whose period does not close a sentence when another word follows."""

DOMAINS = "com net org cn co io js html htm php jpg png pdf exe apk gov edu uk de tw hk app tv me us py ly gl".split()
"""What follows a period inside an address or a file name."""

CONJUNCTIONS = "and plus also".split()
"""Words that may join two themes inside one clause."""
