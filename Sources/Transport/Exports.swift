// Where hosts are is part of what a connection is asked for.
@_exported import Endpoints
