"""A page loads nothing from outside and runs nothing; what a submission says in words is no matter."""

import pytest

from ecanalysis.publishing.html.outside import outside

SAID = ("见 url(附件)", "curl(x)", "@import", "src='x'", "href='http://x'", "<script>", "expression(", "\\\\主机")


@pytest.mark.parametrize("words", SAID)
def test_words_are_words(words):
    from markupsafe import escape

    assert not outside(f"<table><tr><td title='{escape(words)}'>{escape(words)}</td></tr></table>")


@pytest.mark.parametrize(
    "fragment",
    [
        "<img src='http://x/a.png'>",
        "<img src='a.png'>",
        "<img srcset='a 1x'>",
        "<a href='https://x'>",
        "<a href='//x'>",
        "<a href=' java\nscript:x'>",
        "<a href='#x' ping='x'>",
        "<p onclick=x>",
        "<svg><image href='x'/></svg>",
        "<link href=x>",
        "<iframe>",
        "<script>1</script>",
        "<meta http-equiv=refresh content=0>",
        "<style>@import 'x'</style>",
        "<p style='background:url(x)'>",
        "<p style='background:u/**/rl(x)'>",
        "<p style='background:u\\72l(x)'>",
    ],
)
def test_what_a_browser_would_load_or_run_is_found(fragment):
    assert outside(f"<p>好</p>{fragment}")


@pytest.mark.parametrize(
    "fragment", ["<a href='provinces/浙江/a.html'>", "<a href='#a'>", "<img src='data:image/png;base64,x'>"]
)
def test_what_stays_within_the_report_may_stand(fragment):
    assert not outside(fragment)
