"""Little words that say nothing of a product, as `catalog_search_tokens` folds them (no accents, no case).

Where a query has other words, these do not count: in a small catalogue they would look rare and telling.
"""

# English, German, French, Spanish, Italian, Dutch, Portuguese
_WORDS = """
a an and any are at by can do for from has have how i in is it keep like looking me my need of on or our
some something that the them these this to want we what where which who with you your
als am an auf aus bei das dem den der des die ein eine einem einen einer eines es etwas fur ich im in ist
kann man mein meine mich mir mit nach oder suche und uns von was wie wir zu zum zur
au aux avec ce ces cette dans de des du elle en est et il je la le les leur ma mes mon nous ou par pas pour
que qui quelque chose sa ses son sur un une vous
al algo como con de del el ella en es esta este las lo los mi mis para por que se sin su sus una unas y yo
alla che chi con da dei del della delle di e gli il io la le lo mia mio nel per qualcosa sono su tra una uno
aan bij dat de die een en het iets ik in is met mijn naar of om op te van voor wat
ao as com da das do dos em eu meu minha na nas no nos o os para por um uma
"""
FILLER_WORDS = frozenset(_WORDS.split())
