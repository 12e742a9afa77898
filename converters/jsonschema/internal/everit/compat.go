package everit

// Reads reports whether data of the schema writer is data of the schema reader too; if not, where says at which place it need not be.
func Reads(reader, writer *Schema) (where string, ok bool) {
	return "", true
}
