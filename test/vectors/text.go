package vectors

// textFamily runs the folder text: Java's text forms in internal/javafmt.
func textFamily() Family {
	return Family{}
}
