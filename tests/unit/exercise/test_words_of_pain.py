"""What ends an exercise because it hurts, and what only sounds like it: a miss of a true one is the worse mistake."""

from __future__ import annotations

import pytest

from dolbom.dialog.intents import Context, Understanding
from dolbom.exercise.words import hurts, says

HURTS_KO = """
아이고 무릎이 아파
어깨가 아프네
허리가 아퍼
팔 들 때 아팠어
아픈데 좀 쉬었다 하자
안 아픈 데가 없어
아프지 않은 데가 없네
안 아플 리가 있나
아프지 않을 수가 없지
다리가 쑤셔
옆구리가 결려
손이 저려
발이 저리네
무릎이 시큰거려
허리가 욱신욱신해
어지러워
좀 어지럽네
어질어질하다
머리가 핑 돌아
천장이 빙빙 돌아
눈앞이 캄캄해
머리가 띵해
식은땀이 나
가슴이 아파
가슴이 답답해
가슴이 조여 와
가슴이 좀 이상해
가슴이 두근두근하네
가슴이 왜 이러지
아이고 가슴이
가슴이 쥐어짜는 것 같아
심장이 막 뛰어
답답해 죽겠네
숨차
숨이 차서 못 하겠어
숨이 가빠
숨을 못 쉬겠어
숨쉬기가 힘들어
토할 것 같아
속이 메스꺼워
쓰러질 것 같아
넘어질 뻔했어
다리에 쥐가 났어
허리를 삐끗했어
팔에 감각이 없어
아픈 게 아니라 어지러워
팔은 안 아픈데 다리가 아파
한동안 아팠는데 또 그러네
입안이 말라 미안 아파서 못 하겠어
괜찮아 안 아파 아니 아이고 아파
""".strip().splitlines()

FINE_KO = """
가슴이 시원하네
가슴이 쫙 펴지네
가슴이 따뜻해지네
가슴을 펴고 하자
아프지도 않아
아프지 않아요
아프진 않네
하나도 안 아파
안 아파
이제 안 아프네
안 어지러워
어지럽지 않아
어지럽지는 않아요
쑤시지도 않고 저리지도 않아
아픈 데 없어
아픈 데는 없지
아픈 데 하나도 없어요
아픈 줄도 모르겠네
아픈 건 아니야
통증은 없어
숨 안 차
숨차지 않아
숨이 차지는 않아
답답하지 않아
아프면 쉴게
아프면 바로 말할게
아프던 어깨가 시원하네
아팠는데 이제 괜찮아
우리 집은 아파트야
아프리카는 덥다더라
일부러 천천히 하는 거야
팔을 빙빙 돌려 볼까
숨을 차분히 쉬어 볼게
방이 어질러져 있네
개운하고 좋네
할 만하네
하나 둘 셋
다리가 가볍네
""".strip().splitlines()

HURTS_EN = """
my knee hurts
it's hurting
ow my back aches
I have a headache
there is a pain in my shoulder
this is painful
my neck is sore
I feel dizzy
I'm a bit faint
the room is spinning
I feel light-headed
my chest feels tight
my chest is heavy
there's a tightness in my chest
oh my chest
my heart is racing
I'm out of breath
I can't breathe
it's hard to breathe
I can't catch my breath
I feel sick
I think I'm going to fall
my foot has gone numb
I've got a cramp in my leg
no it hurts
not good, my hip hurts
I don't know why it hurts
it doesn't stop hurting
it doesn't hurt much
not only my knee hurts
""".strip().splitlines()

FINE_EN = """
it doesn't hurt
it does not hurt at all
that didn't hurt
nothing hurts
I'm not dizzy
I don't feel dizzy
not a bit sore
no pain
no pain at all
I have no aches today
without any pain
I'm not in pain
I'm not out of breath
it never hurts
it stopped hurting
the pain is gone
if it hurts I'll stop
my chest feels open
hands on my chest
I can breathe nicely
breathe in and out
I like painting
I'm sick of the rain
I pulled my chair closer
lovely, that feels good
one two three
""".strip().splitlines()


@pytest.mark.parametrize("said", HURTS_KO)
def test_korean_words_of_pain_are_heard(said: str) -> None:
    assert says("hurts", said, "ko")


@pytest.mark.parametrize("said", FINE_KO)
def test_korean_words_that_deny_pain_or_only_sound_like_it_are_no_pain(said: str) -> None:
    assert not says("hurts", said, "ko")


@pytest.mark.parametrize("said", HURTS_EN)
def test_english_words_of_pain_are_heard(said: str) -> None:
    assert says("hurts", said, "en")


@pytest.mark.parametrize("said", FINE_EN)
def test_english_words_that_deny_pain_or_only_sound_like_it_are_no_pain(said: str) -> None:
    assert not says("hurts", said, "en")


@pytest.mark.parametrize(("lang", "fine"), [("ko", FINE_KO), ("en", FINE_EN)])
def test_nor_does_the_understanding_of_intents_make_a_pain_of_them(lang: str, fine: list[str]) -> None:
    understanding = Understanding(morphemes=None)
    heard = [said for said in fine if hurts(said, understanding.of(said, lang, Context(addressed=True)), lang)]
    assert heard == []
