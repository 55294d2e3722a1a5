// A generated file imports Marionette alone.
@_exported import XDRCoding
