package slots

// Inside is an argument of those methods of exported types that show how values are stored. Only code of this module can name it, so nobody else
// can call them.
type Inside struct{}

// Refers is the flag of slots that refer to memory: their N is a Ref.
const Refers = 1
