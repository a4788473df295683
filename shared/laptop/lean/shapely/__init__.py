"""Stands before the real `shapely` in the stack's stores: SecantusDB would load it, and numpy with it, 13 MB in each, for
questions about shapes on a map, and we ask none. Its names are there, so that what is imported is found.
"""

import sys

wkt = None


class GEOSException(Exception):
    pass


class BaseGeometry:
    """Nothing in a document is one of these."""


class Point(BaseGeometry):
    pass


class LineString(BaseGeometry):
    pass


class Polygon(BaseGeometry):
    pass


class MultiPoint(BaseGeometry):
    pass


class MultiLineString(BaseGeometry):
    pass


class MultiPolygon(BaseGeometry):
    pass


for name in ("errors", "geometry", "geometry.base"):
    sys.modules[f"{__name__}.{name}"] = sys.modules[__name__]
