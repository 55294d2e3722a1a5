extension String {
    /// The text with what could steer a terminal, or make a line read as something else, replaced
    /// by `?`: control characters but tabs, and marks that change the direction of text.
    ///
    /// For every text that comes from elsewhere: a host's log, a failure's sentence, a file's line.
    public var neutral: String {
        var scalars = UnicodeScalarView()
        for scalar in unicodeScalars {
            let isControl =
                scalar.value < 0x20 && scalar != "\t" || (0x7f...0x9f).contains(scalar.value)
            let isDirection =
                (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
            scalars.append(isControl || isDirection ? "?" : scalar)
        }
        return String(scalars)
    }
}
