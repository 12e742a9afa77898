package vectors

import "github.com/moldau/moldau/transforms/jcustenborder"

// moreFamily runs the folder more-smt: one transformation of jcustenborder's on one record.
func moreFamily() Family {
	f := Family{}
	known := transformationsOf(jcustenborder.Plugins())
	for _, name := range []string{"BytesToString", "ChangeCase", "ChangeTopicCase", "ExtractNestedField", "ExtractTimestamp", "PatternRename", "ToJSON"} {
		f["more-smt/"+name] = map[string]Func{"*": known}
	}
	// The recorded version has no such class.
	f["more-smt/ExtractTimestamp"]["ExtractTimestamp$Key"] = func(*Case) (any, error) {
		return nil, &Failure{Class: "java.lang.ClassNotFoundException", Phase: "configure"}
	}
	return f
}
