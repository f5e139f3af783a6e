"""How models decline in other languages than English: that the model itself cannot or will not help, answer or provide.

One pattern a language, each of somebody who speaks of himself. What it says of others, and politeness alone, is no refusal.
"""
# ruff: noqa: RUF001 - letters of other languages

from __future__ import annotations

import re

MOST_CHARS = 600  # of an answer that declines in another language: a longer one goes on to help
_IN = r"[^.!?\n\u3002\uff01\uff1f\u0964\u061f]"  # within a sentence
_PATTERNS = (
    # German, Dutch, Swedish: the verb at the end
    (
        rf"\b(?:ich kann|kann ich|bin ich|ich bin)\b{_IN}{{0,60}}\b(?:nicht"
        rf"|keine?\w?)\b{_IN}{{0,60}}\b(?:(?:weiter)?helfen|zu helfen|behilflich sein"
        r"|unterstützen|(?:zu )?beantworten|nachkommen|(?:zu )?erfüllen|erstellen|bereitstellen|geben|tun"
        r"|ausführen|bearbeiten)\b"
    ),
    (
        rf"\b(?:ik kan|kan ik)\b{_IN}{{0,50}}\bniet\b{_IN}{{0,40}}\b(?:helpen|beantwoorden|voldoen|geven"
        rf"|doen)\b"
    ),
    (rf"\b(?:jag kan|kan jag)\b{_IN}{{0,40}}\binte\b{_IN}{{0,40}}\b(?:hjälpa|svara|ge|uppfylla)\b"),
    # French, Spanish, Italian, Portuguese
    (
        r"\bje ne (?:peux|puis|pourrai)(?: \w+ment)? pas (?:vous |t'|te |y |le |la )?(?:aider|répondre"
        r"|assister|fournir|accéder|satisfaire|donner"
        r"|faire|traiter|continuer|créer|écrire|générer|discuter|participer)\b|\bje ne suis pas (?:en mesure"
        r"|capable) de\b"
    ),
    (
        r"\bno (?:puedo|podré|me es posible|estoy en condiciones de) (?:ayudar\w*|cumplir|proporcionar\w*"
        r"|responder\w*|asistir\w*|ofrecer\w*"
        r"|atender|realizar|hacer eso|continuar|crear|escribir|generar|dar(?:te|le|les)?|participar)\b"
    ),
    (
        r"\bnon (?:posso|potrò|sono in grado di|mi è possibile) (?:aiutar\w*|assister\w*|rispondere|fornir\w*"
        r"|soddisfare|esaudire|farlo"
        r"|continuare|creare|scrivere|generare|dar(?:ti|le|vi)?)\b"
    ),
    (
        r"\bnão (?:posso|poderei|consigo|sou capaz de|me é possível) (?:ajudar\w*|atender|fornecer|responder"
        r"|auxiliar|realizar|fazer isso"
        r"|continuar|criar|escrever|gerar|dar)\b"
    ),
    # Polish, Russian, Turkish
    (
        rf"\bnie (?:mogę|jestem w stanie|potrafię){_IN}{{0,40}}(?:pomóc|odpowiedzieć|spełnić|udzielić"
        rf"|zrealizować)"
    ),
    (
        rf"\bя не (?:могу|смогу|в состоянии|имею возможности) {_IN}{{0,40}}(?:помочь|помогать|выполнить"
        rf"|ответить|предоставить|обсуждать|написать"
        r"|создать|сделать это)"
    ),
    (r"(?:yardımcı olama(?:m|ıyorum)|yardım edemem|yerine getiremem|cevaplayamam)"),
    # Chinese, Japanese, Korean
    (
        rf"我(?:无法|不能|没办法|無法|沒辦法){_IN}{{0,30}}(?:帮助|帮你|帮您|协助|協助|幫|提供|回答|完成|满足|滿足|讨论|討論|生成|撰写|处理)"
    ),
    (
        rf"(?:お応え|お答え|お手伝い|提供|協力|お力になること|対応|支援){_IN}{{0,12}}(?:できません|できかねます|致しかねます|いたしかねます)"
    ),
    (
        r"(?:도와\s?드릴|도울|제공(?:해\s?드릴|할)|답변(?:해\s?드릴|드릴|할)|응할|수행할|처리할)\s?수\s?(?:가\s?)?없(?:습니다|어요|네요)"
    ),
    # Arabic, Hindi
    (
        rf"(?:لا (?:أستطيع|يمكنني|أقدر)|لن أتمكن من|غير قادر على){_IN}{{0,40}}(?:مساعد|تقديم|تلبية|الإجابة"
        rf"|القيام|توفير)"
    ),
    (
        rf"मैं{_IN}{{0,60}}(?:मदद|सहायता|प्रदान|उत्तर|जवाब|पूरा){_IN}{{0,20}}(?:नहीं कर सकत|नहीं दे सकत"
        rf"|करने में असमर्थ)"
    ),
)
_DECLINES = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_LETTER = re.compile(
    r"\A\W*(?:sehr geehrte|liebe[rs]?\s|cher\s|chère\s|chers\s|madame|monsieur|estimad|querid"
    r"|gentile\s|egregi|car[oa]\s|prezad|geachte|beste\s"
    r"|szanown|уважаем|尊敬的|亲爱的|拝啓|親愛)",
    re.IGNORECASE,
)


def declines_abroad(opening: str, chars: int) -> bool:
    """Whether the opening of an answer with so many characters declines; letters for others are no refusal."""
    return chars <= MOST_CHARS and _LETTER.match(opening) is None and _DECLINES.search(opening) is not None
