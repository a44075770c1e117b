"""Sentences end where a reader would pause, and nowhere else: each is spoken for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.message_text import Message
from cartesia_call.speech.sentences import MAX_SENTENCE_CHARACTERS, ends_sentence, may_end


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("Load is 10.5 now.", ["Load is 10.5 now."]),
        ("Dr. Smith is here. Go.", ["Dr. Smith is here. ", "Go."]),
        ('He said "stop." Then left.', ['He said "stop." ', "Then left."]),
        ("First line\nSecond line", ["First line\n", "Second line"]),
        ("データが停止。すぐに確認。", ["データが停止。", "すぐに確認。"]),
        ("<spell>A. B. C.</spell> Done.", ["<spell>A. B. C.</spell> Done."]),
        ('Wait <break time="1s"/> here. Go.', ['Wait <break time="1s"/> here. ', "Go."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_pause(text: str, sentences: list[str]) -> None:
    """Not inside a number, after a title, or inside one of Cartesia's tags."""
    assert list(Message.of(text).sentences) == sentences


@given(st.text(alphabet=st.sampled_from('aB1 .!?\n"<>/。') | st.characters(), max_size=400))
def test_sentences_joined_are_the_text(text: str) -> None:
    """Cartesia joins transcripts verbatim: nothing may be lost, added or moved."""
    assert "".join(Message.of(text).sentences) == text


def test_an_endless_sentence_is_cut_at_white_space() -> None:
    """No single input is longer than what is known to work."""
    pieces = Message.of("word " * 1000).sentences
    assert max(map(len, pieces)) <= MAX_SENTENCE_CHARACTERS
    assert all(piece.endswith(" ") for piece in pieces)


def test_an_endless_sentence_is_cut_between_lines_where_it_has_some() -> None:
    """Rows of small letters are one sentence to the rules, and lines to whoever wrote them."""
    pieces = Message.of("a disk is full\n" * 200).sentences
    assert max(map(len, pieces)) <= MAX_SENTENCE_CHARACTERS
    assert all(piece.endswith("\n") for piece in pieces)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Your appointment with Sgt. Miller of Acme Inc. is on Oct. 3 at 9 a.m. sharp."),
        ("en", "We meet at 9 p.m. Eastern with Lt. Dan, Capt. Kirk and Gen. Lee of Acme Ltd. Boston."),
        ("en", "Call the U.S. Embassy in Washington D.C. Mr. King Jr. Waits there."),
        ("en", "On Tues. Miller moves from Fifth Ave. North to Mt. Washington, Dept. Sales, Attn. Bob."),
        ("en", "Ask a Ph.D. Student, a.k.a. Bob, etc. Fig. 3 shows est. Values, min. Five, max. Six."),
        ("en", "1. First stop the server"),
        ("en", "Smith & Co. Is on the line"),
        ("en", "is it down? yes, it is. call now! please."),
        ("de", "Ihr Termin ist am 3. Oktober um 10 Uhr bei Dr. med. Schmidt."),
        (
            "de",
            "Der 17. Versuch von Hr. Maier, d.h. Anna, bzw. Otto usw. In Str. Nord, ca. Zehn, z. B. Nr. 5.",
        ),
        ("fr", "Mme. Dupont et M. Martin viennent."),
        ("en-GB", "It starts at 9 a.m. London time."),
        ("en", "See p. 5, pp. 6 to 9, ch. 3, vol. 4, ed. 5, cf. Art. 7."),
        ("es", "El Sr. López y la Sra. García, Dña. Ana, Av. Central."),
        ("it", "Il sig. Rossi, il dott. Verdi."),
        ("nl", "Dhr. Jansen en mevr. De Vries."),
        ("cs", "Dne 3. Října v 10 hodin."),
        ("sv", "Klockan är kl. Tio."),
    ],
)
def test_abbreviations_and_ordinals_end_nothing(language: str, text: str) -> None:
    """Nor does anything before a small letter."""
    assert Message.of(text, language).sentences == (text,)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("hi", ("डेटाबेस बंद है। ", "सर्वर बंद है॥ ", "ठीक।")),
        ("ar", ("هل الخادم متوقف؟ ", "نعم.")),
        ("ur", ("سرور بند ہے۔ ", "کال کریں؟")),
        ("el", ("Είναι εντάξει; ", "Ναι. ", "Όχι\u037e ", "Ίσως.")),
        ("hy", ("Ծառայությունը կանգնած է։ ", "Զանգեք։")),
        ("zh", ("磁盘已满。", "请致电！")),
        ("en", ("Really? ", "Yes! ", "It waits… ", "Or not... ", "Done.")),
        ("en", ("It is in the log (see it.) ", "Call.")),
        ("en", ("The load is 5. ", "Call.")),
        ("en", ("1. First this. ", "2. Then that.")),
        ("en", ("web: down\n", "Db: up")),
        ("en", ("Rows are\nlong.\n\n", "next paragraph.")),
        ("de", ("Es ist 3 Uhr. ", "Ende.")),
        ("xx", ("One. ", "Two.")),
    ],
)
def test_marks_of_all_scripts_end_sentences(language: str, sentences: tuple[str, ...]) -> None:
    """With or without white space behind those that mean nothing else."""
    assert Message.of("".join(sentences), language).sentences == sentences


@pytest.mark.parametrize(
    ("language", "text", "ends", "may"),
    [
        ("en", "The disk is full. ", True, True),
        ("en", '"Disk full." ', True, True),
        ("en", "Disk full… ", True, True),
        ("hi", "डेटाबेस बंद है।", True, True),
        ("en", "It closes at 9 p.m. ", False, True),
        ("en", "Write to Acme Inc. ", False, True),
        ("de", "Es ist der 3. ", False, True),
        ("en", "Ask for Dr. ", False, False),
        ("en", "Gate B. ", False, False),
        ("en", "The disk is ", False, False),
        ("en", "", False, False),
    ],
)
def test_what_may_go_on_has_not_ended(language: str, text: str, ends: bool, may: bool) -> None:
    """Who falls silent behind "9 p.m." may be done; while he writes it may be followed by "sharp"."""
    assert (ends_sentence(text, language), may_end(text, language)) == (ends, may)
