"""A profile as a picture and as a page."""

from __future__ import annotations

from xml.etree import ElementTree

from generator.model.profile import FunctionCount, ModelRecord, OperatorRecord, profile_of
from generator.render.profile_html import profile_cells, profile_html
from generator.render.profile_svg import profile_svg

RECORD = ModelRecord(
    "net",
    "mlf_net_invoke",
    (
        OperatorRecord("tvmgen_net_fused_dense", "FULLY_CONNECTED, plain <C>", 1000, 2048),
        OperatorRecord("tvmgen_net_fused_softmax"),
        OperatorRecord("tvmgen_net_fused_inlined"),
    ),
)
COUNTS = (
    FunctionCount("mlf_net_invoke", 2, 9000),
    FunctionCount("tvmgen_net_fused_dense", 4, 6000),
    FunctionCount("tvmgen_net_fused_softmax", 2, 2000),
    FunctionCount("somebody_else", 7, 7),
)
MODEL = profile_of(RECORD, COUNTS)


def test_a_profile_is_what_the_counts_say() -> None:
    assert (MODEL.runs, MODEL.instructions, MODEL.between) == (2, 9000, 1000)
    assert [operator.count.calls for operator in MODEL.operators] == [4, 2]
    assert MODEL.unseen == ("tvmgen_net_fused_inlined",)
    assert MODEL.macs is None
    alone = profile_of(ModelRecord("net", "mlf_net_invoke", RECORD.operators[:1]), COUNTS)
    assert alone.macs == 2000


def test_a_model_that_did_not_run_has_no_runs() -> None:
    assert profile_of(RECORD, ()).runs == 0


def test_cells_are_of_one_inference() -> None:
    what = "FULLY_CONNECTED, plain <C>"
    assert profile_cells(MODEL, 0) == (what, "2", "3,000", "66.7", "2,000", "1.50", "4,096")
    assert profile_cells(MODEL, 1) == ("", "1", "1,000", "22.2", "-", "-", "-")


def test_the_picture_holds_every_operator_once_in_strip_and_rows() -> None:
    picture = profile_svg([MODEL], "app & board")
    tree = ElementTree.fromstring(picture)
    titles = [element.text or "" for element in tree.iter("{http://www.w3.org/2000/svg}title")]
    assert (
        sum(title.startswith("tvmgen_net_fused_dense\nFULLY_CONNECTED, plain <C>") for title in titles) == 2
    )
    assert any("1,000 multiply-adds per call\n2,048 bytes touched per call" in title for title in titles)
    texts = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert (
        "app & board" in texts
        and "1.50 per MAC" in texts
        and "500 11.1 %" in " ".join(" ".join(str(text).split()) for text in texts)
    )
    assert profile_svg([MODEL], "app & board") == picture


def test_the_page_holds_the_picture_and_the_figures() -> None:
    page = profile_html([MODEL], "app", "cycles")
    assert "<svg" in page and "<td>dense</td><td>FULLY_CONNECTED, plain &lt;C&gt;</td>" in page
    assert "<td>between operators</td>" in page and ">cycles</th>" in page
