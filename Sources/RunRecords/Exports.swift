// A description says where hosts are, and an error of a record is a diagnostic.
@_exported import Diagnostics
@_exported import Endpoints
