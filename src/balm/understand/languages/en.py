"""English: the words that tell it from its neighbors, and those that join or part clauses. All in lower case."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


STOP = _words("""
    the and is it this that for with my you have are not but was they we your from very i of has had will would can
    could been were when what there their just get got all out so if or please its an at be by do does did don isn
    didn doesn can't he she his her our us me no on in to as how why who which than then too never ever about after
    before because only more most some any other good great bad work works need want like really much
""")
"""Frequent words of English; one that is as frequent elsewhere still counts, the majority decides."""

FOREIGN = _words("""
    el los del que es muy por para con una lo se su al como pero más todo esta este está hay bien bueno buena
    excelente gracias producto servicio nunca también uma um não nao muito com meu minha bom boa mais produto
    serviço obrigado ótimo
    le la les des du de et est pas très tres pour avec une un je il elle nous vous sur dans ce cette qui mais merci
    produit mauvais bonne ne
    der das und ist nicht ich ein eine sehr mit für auf zu den dem von auch aber schlecht kein keine wir sie wie nur
    noch het een niet maar voor zijn ik dat goed zeer
    gli di che molto sono ho questo questa anche buono ottimo della nel
    yang dan ini itu saya tidak sangat untuk dengan sudah bagus bisa ada barang
    bir ve çok cok bu için icin ama değil nie jest się sie bardzo jak och är ikke det på som jag inte meget ang mga
    hindi hai nahi bahut accha
""")
"""Frequent words of other languages in Latin script that English does not have."""

LOANS = _words("""
    café cafe naïve résumé fiancé fiancée jalapeño piñata entrée décor sauté crème brûlée purée cliché façade
""")
"""English words that keep an accent."""

CONTRAST = _words("""
    but although though however except while yet whereas despite unfortunately sadly nevertheless nonetheless
    downside downsides albeit cons
""")
"""A clause that begins with one of these is set against what stands before it."""

DRAWBACKS = _words("problem issue complaint downside drawback thing con negative gripe regret")
"""`(the) only` before one of these is a contrast."""

BEFORE_BUT = _words("nothing anything everything all none help choice option last sorry")
"""No contrast: nothing but, all but, cannot help but, last but not least."""

AFTER_BUT = _words("also rather")
"""No contrast: not only … but also."""

AFTER_YET = _words("another again to")
BEFORE_YET = _words("not isn't hasn't haven't as ever best worst just never nothing")

AFTER_WHILE = _words("ago on in at you i we they he she it the my")
"""A while in time rather than in contrast; so is one after `a`, or before a word in -ing."""

SUBJECTS = _words("""
    i it we they he she you this there nobody everyone i'm i've i'd it's they're we're you're that's there's he's she's
    didn't don't doesn't can't couldn't won't isn't wasn't never
""")
"""A comma before one of these may part clauses (after `and`, `so`, `then` too)."""

BOUND = _words("is are was were has have had does did which who whose whom")
"""A comma before one of these parts no clauses."""

LINKS = _words("""
    and so then plus or because since
""")

CONNECTIVES = _words("""
    overall first second third firstly secondly finally also honestly basically anyway actually well so and then
    besides moreover furthermore however therefore please hi hello hey ok okay plus yes no lol
""")
"""Standing alone before a comma, these belong to the clause that follows."""

PREDICATES = _words("""
    is are was were am be been has have had do does did can could will would should isn't aren't wasn't weren't
    don't doesn't didn't can't couldn't won't wouldn't shouldn't haven't hasn't got get gets getting came come comes
    took take takes works work worked working broke broken breaks crash crashes crashed fails failed fail stopped
    stops keeps kept arrived arrives received refused love loved loves like liked hate hated need needs want wanted
    told said says went charged paid cost costs cancelled canceled delayed waiting waited lost missing damaged looks
    look looked feels feel felt sounds tastes tasted smells fits good great bad late slow rude poor nice excellent
    terrible awful horrible amazing fantastic fine ok okay perfect cheap expensive friendly unfriendly helpful
    useless cold hot dirty clean fast quick easy hard difficult confusing wrong right worst best better worse
    disappointing disappointed happy unhappy angry comfortable uncomfortable loud noisy small big tight loose
    average decent superb awesome pathetic worthless defective faulty overpriced late early on-time polite unhelpful
    unacceptable ridiculous long short low high weak strong heavy light bland delicious tasty fresh stale
""")
"""A stretch between commas that holds one of these can stand as a clause."""

ABBREVIATIONS = _words("""
    mr mrs ms dr st vs etc inc ltd dept approx jr sr prof est min mins hr hrs tel fig co corp ave blvd ext
""")
"""Words whose period does not close a sentence when another word follows."""

DOMAINS = _words("""
    com net org cn co io js html htm php jpg png pdf exe apk gov edu uk de tw hk app tv me us py ly gl
""")
"""What follows a period inside an address or a file name."""

CONJUNCTIONS = _words("""
    and plus also
""")
"""Words that may join two themes inside one clause."""
