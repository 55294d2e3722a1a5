// A generated file imports Marionette alone.
@_exported import XDRCoding
// Programs meet errors as diagnostics, and make their own in the same form.
@_exported import Diagnostics
// What a program meets of a run: its interface, and what can go wrong.
@_exported import Driving
