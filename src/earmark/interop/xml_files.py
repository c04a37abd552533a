"""XML in and out: read without trusting it, written with letters that XML can hold.

What is read came from another program, or from a stranger. No document type is accepted, so that neither entities that
grow to gigabytes ("billion laughs", quadratic blow-up) nor external ones that fetch files can be declared; defusedxml
stops at the declaration. The size is limited before anything is read.
"""

import re
from typing import TYPE_CHECKING

from earmark.errors import InputError, MetadataError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_BYTES = 512 * 2**20
"""A larger collection is refused: one of 100,000 tracks with beat grids and cues takes about a quarter of it."""

_NOT_READ = frozenset({"POSITION_MARK", "CUE_V2", "GRID", "LOUDNESS", "SEARCH_EXPRESSION"})
# XML 1.0 has no place for these, not even escaped.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def parse_xml(content: bytes, *, name: str) -> "Element":
    """Read XML that may be hostile.

    Args:
        content: The file's bytes.
        name: What the file is called in messages.

    Returns:
        The root element.

    Raises:
        InputError: It declares a document type.
        MetadataError: It is no well-formed XML.
    """
    from xml.etree.ElementTree import Element, ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Attributes(), forbid_dtd=True)
    try:
        parser.feed(content)
        root: Element = parser.close()
    except DefusedXmlException as error:
        raise InputError(
            f"{name} declares a document type or entities, which no DJ software writes and which can be an attack, "
            "so it is not read; export the collection again"
        ) from error
    except (ParseError, ValueError, LookupError) as error:  # the latter two: an encoding that Python does not know
        raise MetadataError(
            f"{name} is no whole XML ({error}); it may have been cut off: export the collection again"
        ) from error
    return root


class _Attributes:
    """Builds the elements that are read, without text: all that DJ programs say stands in attributes.

    Cues and beat grids, which are not read, are most of a large collection.
    """

    def __init__(self) -> None:
        from xml.etree.ElementTree import TreeBuilder

        self._builder = TreeBuilder()
        self._has_root = False
        self._passed_over = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        is_grid = tag == "TEMPO" and "Inizio" in attributes  # Traktor's of this name is the track's tempo
        if self._passed_over or (self._has_root and (tag in _NOT_READ or is_grid)):
            self._passed_over += 1
        else:
            self._has_root = True
            self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        if self._passed_over:
            self._passed_over -= 1
        else:
            self._builder.end(tag)

    def data(self, text: str) -> None:
        """Take text and keep none."""

    def close(self) -> "Element":
        return self._builder.close()


def xml_text(text: str) -> str:
    """A text with a blank for each sign that XML cannot hold."""
    return _NOT_IN_XML.sub(" ", text)


def fits_xml(text: str) -> bool:
    """Whether XML can hold a text as it is."""
    return _NOT_IN_XML.search(text) is None
