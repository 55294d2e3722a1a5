// Generated types stand on it, and an author's own encoding may.
@_exported import XDRCoding
