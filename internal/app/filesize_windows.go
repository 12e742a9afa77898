package app

// ignoreFileSizeSignal has nothing to do: Windows has no such signal.
func ignoreFileSizeSignal() {}
