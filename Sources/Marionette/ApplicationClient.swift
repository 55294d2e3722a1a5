/// What every generated client is: an application's operations as methods.
public protocol ApplicationClient: Sendable {
    static var interface: InterfaceDescription { get }
    init(master: Master)
}
