"""Patterns of positively easy messages, in lower case. `ease.py` says where each is looked for.

A pattern is tried at one place (`match`, `fullmatch`) or in a few hundred characters, its repetitions are bounded: time is linear.
Kinds are named after tasks of `tasks.json` where there is one.
"""

from __future__ import annotations

import re

POLITE = re.compile(
    r"\s*(?:(?:you are|act as|imagine you are)\b[^.\n]{0,120}[.\n]\s*)?"
    r"(?:(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|there|ok|okay|so|now|also|and|then|please|pls|kindly|quick|question"
    r"|just|quickly|could you|can you|would you|will you|can u|i need you to|i want you to|i(?:'| woul)d like you to|i need to"
    r"|i want to|help me|to|por favor|bitte|s'il (?:te|vous) pla[iî]t|per favore|пожалуйста)\b[\s,!.:;-]{0,4}){0,6}"
)
CLAUSE_END = re.compile(r"[\n:?!]|\.(?:\s|$)")

_TEXTS = (
    r"(?:texts?|e-?mails?|messages?|articles?|passages?|paragraphs?|sentences?|documents?|transcripts?|letters?|reviews?|tweets?|posts?"
    r"|conversations?|chats?|dialogues?|invoices?|receipts?|stories|story|news|notes?|minutes|meeting|comments?|feedback|tickets?|blog"
    r"|description|bio|headlines?|captions?|speech|essay|cv|résumé|announcement|newsletter|questions?|phrases?|words?|string)"
)
_THIS = r"(?:this|that|these|those|it|my|our|the (?:following|above|below|attached|next|last|previous)|following|above|below)"
_ENTITY = (
    r"(?:names?|dates?|e-?mails?(?: address(?:es)?)?|phone numbers?|address(?:es)?|prices?|amounts?|keywords?|topics?|entit(?:y|ies)"
    r"|person|people|places?|cit(?:y|ies)|countr(?:y|ies)|locations?|compan(?:y|ies)|organi[sz]ations?|urls?|links?|hashtags?|titles?"
    r"|authors?|products?|order (?:number|id)s?|invoice (?:number|date)|deadlines?|action items|nouns?|verbs?|adjectives?|quotes?)"
)
_TONE = (
    r"(?:grammar|spelling|punctuation|typos?|wording|tone|polite|formal|casual|friendly|friendlier|shorter|concise|professional"
    r"|readable|clearer|subject line)"
)
_FEELING = r"(?:sentiment|emotions?|mood|tone|spam|topic|intent|toxic(?:ity)?|offensive|sarcas(?:m|tic)|subject)"
_POLARITY = r"(?:positive|negative|neutral|spam|toxic|offensive|sarcastic|happy|angry|rude|polite)"
_FORMAT = (
    r"(?:bullet(?: ?points?)?|bullets|table|csv|json|markdown|list|title case|upper ?case|lower ?case|capital letters|yaml|xml"
    r"|plain text|numbered|iso(?: ?8601)?|html|tweet)"
)
_UNITS = (
    r"(?:km|kilomet(?:er|re)s?|miles?|met(?:er|re)s?|cm|mm|feet|foot|ft|inch(?:es)?|yards?|kg|kilos?|kilograms?|grams?|g|pounds?|lbs?"
    r"|ounces?|oz|lit(?:er|re)s?|gallons?|cups?|celsius|fahrenheit|degrees|hours?|minutes?|seconds?|days?|weeks?|usd|eur|dollars?|euros?)"
)
_THINGS = (
    r"(?:country|city|state|year|day|month|river|lake|ocean|sea|island|continent|planet|colou?r|team|actor|actress|singer|band|author"
    r"|writer|artist|film|movie|book|novel|song|album|animal|bird|sport|king|queen|president|language|date|century|time|company"
    r"|organi[sz]ation|agency|brand|car|newspaper|magazine|character|god|goddess|game|instrument|dish|drink|fruit|vegetable|dance"
    r"|holiday|festival|street|bridge|airport|museum|mountain|desert|nation|county|town|village|club|group|musician|composer|painter"
    r"|poet|explorer|inventor|politician|prime minister|tv (?:show|series)|sitcom|musical|word|name)"
)
_FACTS = (
    r"(?:capital|population|currency|name|nickname|birthday|height|age|weather|time|date|zip code|phone number|address|opening hours"
    r"|official language|boiling point|freezing point|largest|smallest|longest|tallest|highest|biggest|oldest|national|flag|price)"
)
_WORDING = r"(?:meaning|definition|plural|opposite|synonyms?|antonyms?|past tense|word|abbreviation)"
_PIECES = (
    r"(?:titles? for|birthday|thank[- ]?you|e-?mails?|messages?|tweet|caption|invitation|greeting|slogan|tagline|haiku|limerick|poem|joke"
    r"|toast|reminder|subject line|headline|gifts?|names? for|movies?|films?|songs?|books?|recipe|dinner|out[- ]of[- ]office|fun fact"
    r"|story about)"
)
_MAKE = r"(?:write|draft|compose|create|send|generate|come up with|suggest|recommend|give me|tell me|think of|make up)"

_STOP = r"\s*(?:[:.?!\n]|$)"

#: Instructions: what follows them is the text they are about.
_CLAUSES = {
    "translate": (
        r"(?:translate|traduce|traducir|traduis|traduisez|traduire|traduci|traduza|traduzir|übersetzen?|переведи(?:те)?|vertaal"
        r"|przetłumacz|çevir)\b|say .{1,60} in [a-z]+\s*(?:[:.?!\n]|$)|what(?:'s| is) (?:this|that|it|the following) in [a-z]+\b"
    ),
    "summarize": (
        r"(?:summari[sz]e|condense|tl;?dr|résume[rz]?|resume (?:el|la|este|esta|los|lo)|riassumi|resuma|zusammenfass\w*"
        r"|fasse?n?\b.{0,80}zusammen|обобщи|кратко изложи|резюмируй)\b"
        r"|(?:give|write|provide|make|create)(?: me| us)?(?: a| an| the)?(?: \w+(?:-\w+)?){0,3}? (?:summary|gist|recap|synopsis)"
        rf" (?:of|for)\b|(?:sum up|recap|shorten) (?:{_THIS}|the) (?:\w+ )?{_TEXTS}\b|(?:sum up|recap|shorten) (?:this|that|it){_STOP}"
    ),
    "extract": (
        rf"(?:extract|pull out|pick out|extrae|extrahiere|extrais|извлеки)\b.{{0,80}}\b"
        rf"(?:from|{_ENTITY}|(?:key|main) (?:points?|facts?|ideas?)|information|details)\b"
        r"|(?:list|find|get|identify|return|give me|tell me|show me|what(?:'s| is| are| was| were))"
        rf"(?: all| the| every| any| each){{0,3}} (?:\S+ ){{0,3}}?{_ENTITY}\b.{{0,60}} (?:in|from|of) (?:{_THIS} |the ){_TEXTS}"
    ),
    "rephrase": (
        r"(?:rephrase|paraphrase|reword|proofread|spell ?-?check|umformulieren|reformule[zr]?|reformula|перефразируй)\b"
        r"|(?:rewrite|re-write|polish|simplify|correct|fix|improve|edit|clean up|shorten|make|check)\b"
        rf".{{0,80}}\b(?:{_TEXTS}|{_TONE})\b"
    ),
    "classify": (
        r"(?:classify|categori[sz]e|label|tag|rate|detect|determine|identify|what(?:'s| is)) (?:the |its |their )?(?:\w+ )?"
        rf"{_FEELING}(?: and \w+)? (?:of|in|for|as) (?:{_THIS} |the |each |a )"
        rf"|(?:classify|categori[sz]e|label|tag) (?:{_THIS}|each|the) (?:\w+ )?{_TEXTS}\b"
        rf"|is (?:{_THIS}|the) (?:\w+ )?{_TEXTS}.{{0,40}} {_POLARITY}\b|(?:what|which) language is (?:this|that|it|the)\b"
        rf"|(?:detect|identify|determine|what(?:'s| is)) the (?:language|sentiment|tone){_STOP}"
    ),
    "format": (
        rf"(?:format|reformat|convert|turn|put|change|arrange|organi[sz]e) (?:{_THIS}|the)\b.{{0,80}}\b"
        rf"(?:into|to|as|in) (?:a |an |the )?(?:\w+ ){{0,2}}?{_FORMAT}\b"
        r"|(?:remove|delete) (?:all |the )?(?:duplicates?|line breaks|extra spaces|punctuation|emojis?) (?:from|in)\b"
        r"|(?:capitali[sz]e|uppercase|lowercase)\b"
    ),
}

#: Questions and wishes that are the whole message.
_MESSAGES = {
    "lookup": (
        r"(?:who(?:'s| is| was| were| are| wrote| invented| painted| discovered| founded| directed| composed| played| sang| won| said"
        r"| starred| recorded| created| built| became| presented| released| succeeded| coined| killed| elected| elects| designed"
        r"| lived| died)\b"
        r"|where(?:'s| is| was| are| were| did| can i find)\b|when(?: was| were| did)\b"
        r"|when(?:'s| is) (?:the )?(?:next|easter|christmas|thanksgiving|ramadan|\w+(?:'s)? (?:day|birthday))\b"
        r"|(?:in )?(?:what|which) (?:(?:u\.?s\.? |us |european |african |american |british |english )?"
        rf"{_THINGS})\b|what(?:'s| is| was| are) (?:the |a |an )?{_FACTS}\b"
        r"|how (?:tall|old|far|big|long) (?:is|are|was)\b|what (?:time|day|date|year) (?:is|was|does|did)\b"
        r"|(?:wer|wo|wann) (?:ist|war|hat|sind)\b|(?:qui|où|quand) (?:est|a|sont|était)\b"
        r"|¿?(?:quién|dónde|cuándo|cuál) (?:es|fue|está|son)\b"
        r"|quelle? est la capitale|was ist die hauptstadt|(?:кто|где|когда) \w+)"
    ),
    "define": (
        r"(?:define|spell)\b|what (?:does|do) (?:\S+ ){1,4}(?:mean|stand for)(?: in [a-z]+)?\W*$"
        r"|how (?:do|would|can) (?:you|i|we) (?:say|spell|pronounce)(?:\W+\w+){1,7}\W*$"
        rf"|what(?:'s| is| are) (?:the |a |an |another )?(?:\w+ )?{_WORDING} (?:of|for)\b"
        r"|(?:(?:give|list|find)(?: me)? )?(?:a |an |some |\w+ |\d+ )?(?:synonyms?|antonyms?|rhymes?) (?:for|of|with)\b"
    ),
    "listing": (
        r"(?:name|list|give me)(?: me)? (?:two|three|four|five|six|seven|ten|some|\d{1,2}) \w+(?: \w+)?\W*$"
        r"|how many \w+ are there(?: in (?:the |a |an )?\w+)?\W*$"
    ),
    "units": (
        r"(?:convert|what(?:'s| is)|how (?:much|many)(?: \w+)? (?:is|are|in))? ?-?\d[\d.,]{0,9} ?"
        rf"(?:°[cf]?|{_UNITS})\b.{{0,12}}\b(?:to|in|into)\b.{{0,20}}"
        r"|how many \w+(?: are)?(?: there)? (?:are )?in (?:a|an|one|the) \w+(?: \w+)?\W*$"
    ),
    "compose": (
        rf"{_MAKE}\b(?! (?:\w+ ){{0,3}}?(?:code|programs?|scripts?|functions?|query|queries|class|app|tests?)\b).{{0,60}}\b{_PIECES}\b"
    ),
}

_GREETINGS = (
    r"(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|night|day)|bye|goodbye|see you|cheers|welcome"
    r"|thanks?|thank you|thx|ty|great|nice|cool|awesome|perfect|lovely|haha+|lol|wow|sorry|congratulations"
    r"|have a (?:nice|good|great) day|how are you(?: doing)?|how's it going|what's up|sup"
    r"|that(?:'s| is)? (?:helps?|helped|helpful|great|perfect|all|nice|fine)|repeat after me"
    r"|nice to meet you|who are you|what are you|what(?:'s| is) your name|what can you do|are you (?:there|a bot|human|real|an ai)"
    r"|hola|buenos días|buenas (?:tardes|noches)|gracias|adiós|qué tal|cuéntame un chiste"
    r"|bonjour|bonsoir|salut|merci|au revoir|ça va|raconte-moi une blague"
    r"|hallo|guten (?:tag|morgen|abend)|danke|tschüss|wie geht's|wie geht es dir|erzähl mir einen witz"
    r"|ciao|buongiorno|grazie|olá|oi|bom dia|obrigad[oa]|tudo bem|hej|tack|cześć|dzięki|dzień dobry|dank je|hoi"
    r"|привет|здравствуйте|спасибо|пока|как дела|добрый день|merhaba|teşekkürler|selam"
    r"|你好|您好|谢谢|早上好|再见|こんにちは|ありがとう(?:ございます)?|おはよう(?:ございます)?|안녕하세요|감사합니다"
    r"|مرحبا|شكرا|السلام عليكم|नमस्ते|धन्यवाद)(?![^\W_])\W{0,6}"
)
_AND_SO_ON = (
    r"(?:there|everyone|all|a lot|so much|very much|again|today|for (?:your|the) (?:help|time|answer|info)|my friend|bot|assistant"
    r"|team|and|then|buddy)(?![^\W_])\W{0,6}"
)
SMALL_TALK = re.compile(rf"\W*{_GREETINGS}(?:{_GREETINGS}|{_AND_SO_ON}){{0,5}}")
ASSENT = re.compile(r"\W*(?:ok(?:ay)?|yes|no|yep|yeah|nope|sure|fine|got it|i see|test|testing|ping)\W*")
SUM = re.compile(
    r"\W*(?:what(?:'s| is)|calculate|compute|how much is)?\s*\d{1,2}\s*(?:[-+*x\xd7/]|plus|minus|times)\s*\d{1,2}\s*=?\W*"
)

CLAUSE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _CLAUSES.items()))
MESSAGE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _MESSAGES.items()))

EASTERN = re.compile(
    r"(?:请|請|麻烦|帮我|你能|能否|可以|把|将?以下|将|次の|以下の|この|下面的?|这|[\s,\uff0c、「“\"']){0,8}[^。\n]{0,24}?"
    r"(?:(?P<translate>翻译|翻譯|翻訳|번역)|总结|總結|概括|摘要|要約|提取|改写|润色|요약)"
)
EASTERN_HARD = re.compile(
    r"代码|程序|函数|公式|方程|定理|コード|数式|코드"
    r"|证明|證明|推导|求解|计算|計算|为什么|為什麼|最优|算法|设计|实现|分析|解释|调试|なぜ|設計|実装|説明|解い|증명|계산|왜|분석|설명|구하"
)

#: What takes the ease away again.
TO_FORMAL = re.compile(
    r"\b(?:into|to|in|as|en|zu|a|al|à|au|на|в)\s+(?:[\w-]+\s+){0,2}?(?:lean\d?|coq|isabelle|logic|sql|python|java|javascript|typescript|c|c\+\+|cpp|rust"
    r"|go|golang|wolfram|mathematica|matlab|haskell|code|regex|regular expression|pseudocode|assembly|notation|equations?|a proof|formula"
    r"|polar|latex|l[oó]gica|logique|logik|prädikatenlogik|código|codice|код)\b"
)
FORMULA = re.compile(r"[\\^={}<>|∑∫√≤≥∈∀∃→⇌±≠≈]|\d[a-z]\d|\bsn[12]\b")
#: Asks for more than what is there.
UNREAL = re.compile(
    r"\b(?:would|could|should|might|must|if|using|without|exactly|ambiguous|likely|missing|mistakes?|errors?|wrong|so that|such that)\b"
)
NUMBER = re.compile(r"\b(?!(?:1\d|20)\d\d\b)\d+")  # but a year
OF_ITS_OWN = re.compile(r"\b(?:answers?|results?|solutions?|reasoning|responses?|output|conclusions?)\b")
ABOVE = re.compile(rf"\b(?:above|this|these|that|(?:the|my) {_TEXTS})\b")
BEFORE_INSTRUCTION = re.compile(
    r"(?:[.!?:;\n,]\s{0,3}|\s(?:and|then|also|finally|y|und|et|и) )(?:(?:then|also|please|to|finally|do) ){0,2}$"
)
THINKING = (
    *("step by step", "step-by-step", "show your work", "think carefully", "think hard"),
    *("how does ", "how do ", "how would ", "how could ", "how should "),
)
