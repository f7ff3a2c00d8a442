"""What short answers mean, in the words in which people give them."""

from __future__ import annotations

import pytest

from dolbom.dialog.understanding import calls_for_help, understand

KOREAN = {
    "fine": "괜찮아|괜찮아요|응, 괜찮아.|아니 괜찮아|괜찮습니다|괜찮다니까!|난 멀쩡해|"
    "별일 없어|아무렇지도 않아|걱정하지 마|안 아파|"
    "아픈 데 없어|도와줄 필요 없어|도움은 필요 없어요|안 와도 돼|부르지 마|일어났어|"
    "아니, 잘못 눌렀어|취소해 줘|하나도 안 다쳤어|아이고 괜찮아|큰일 아니야|"
    "별로 안 아파|안 도와줘도 돼|괜 찮 아|네 괜찮아요 고마워요|실수로 눌렀어|오지 마세요 괜찮아요",
    "help": "안 괜찮아|괜찮지 않아|아이고 나 죽겠네|병원에 가야겠어|불이야|"
    "괜찮지가 않아|하나도 안 괜찮아요|괜찮기는 뭐가|안괜찮다|"
    "도와줘|도와 주세요|살려줘|살려 주세요!|아파|허리가 아파요|"
    "못 일어나겠어|일어날 수가 없어|움직이지를 못하겠어|119 불러|사람 좀 불러 줘|"
    "응 불러줘|넘어졌어요|숨이 막혀|어지러워|"
    "괜찮은데 다리가 아파|피가 나|꼼짝을 못 해|얼른 와|네, 도와주세요|"
    "아니, 안 괜찮아|가슴이 답답해|죽겠다",
    "yes": "네|예|응|그래|네 네|네, 부탁해요|좋아요|그럼요|으응|아 네",
    "no": "아니|아니요|아뇨|아니야|싫어|아니 아니|아니요 고마워요",
    "stop": "그만|그만해|조용히 해|시끄러워|됐어",
    "unclear": "|어|어어|으으…|밥 먹었어|모르겠어|글쎄|괜찮은지 모르겠어|누구야|네 아니요|"
    "오늘 날씨가 춥네|텔레비전 켜 줘|I'm fine|아이고 아이고|아파트에 살아|죽을 먹었어|이불이야|아프리카",
}
ENGLISH = {
    "fine": "I'm fine|I am okay|all right|No, I'm fine|I don't need help|"
    "it doesn't hurt|nothing hurts|no pain|never mind|OK!|"
    "don't worry|I’m alright|please don't call anyone|false alarm|I'm good",
    "help": "help|help me please|I'm not fine|I am not all right|I don't feel well|"
    "it hurts|I can't get up|I cannot move|"
    "call an ambulance|I fell|I'm fine but my leg hurts|not okay|"
    "I can't even stand|something's wrong|I need help|please come",
    "yes": "yes|yeah|yes please|sure|oh yes",
    "no": "no|nope|no thank you",
    "stop": "stop|be quiet|leave me alone",
    "unclear": "|hmm|what is it|I don't know|I had soup|yes no|괜찮아",
}
CASES = [
    (lang, text, meaning)
    for lang, table in (("ko", KOREAN), ("en", ENGLISH))
    for meaning, texts in table.items()
    for text in texts.split("|")
]


@pytest.mark.parametrize(("lang", "text", "meaning"), CASES)
def test_an_answer_means_what_people_mean_by_it(lang: str, text: str, meaning: str) -> None:
    assert understand(text, lang) == meaning


CALLS = {
    "ko": "살려줘|사람 살려!|도와줘|도와 주세요|아파|아파 죽겠어|119|"
    "누가 구급차 좀 불러 줘|못 일어나겠어|넘어졌어|불이야|숨이 막혀",
    "en": "help|help me|Please help|I can't get up|I've fallen|call an ambulance|it hurts|fire",
}
NO_CALLS = {
    "ko": "노래 불러 줘|비가 좀 와|병원에 다녀왔어|숙제가 힘들었대|"
    "무서운 영화네|아파트에 살아|안 아파|안 도와줘도 돼|"
    "이불이야|괜찮아|오늘 춥네|밥 먹었어",
    "en": "I helped my daughter|call my daughter later|it doesn't hurt|no help needed|that was a scary film|I'm fine",
}


@pytest.mark.parametrize(
    ("lang", "text", "calls"),
    [
        (lang, text, calls)
        for calls, table in ((True, CALLS), (False, NO_CALLS))
        for lang, texts in table.items()
        for text in texts.split("|")
    ],
)
def test_unasked_words_are_a_call_for_help_only_if_they_are_one(lang: str, text: str, calls: bool) -> None:
    assert calls_for_help(text, lang) is calls


def test_how_nice_is_not_stop() -> None:
    assert understand("심심하던 참인데 잘됐네", "ko") != "stop"
    assert understand("됐어", "ko") == "stop"
