package app

import (
	"archive/zip"
	"bufio"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// connectorServices are the files in a jar that list the connectors in it (java.util.ServiceLoader, KIP-898).
var connectorServices = []string{
	"META-INF/services/org.apache.kafka.connect.source.SourceConnector",
	"META-INF/services/org.apache.kafka.connect.sink.SinkConnector",
}

// jarConnectors returns the connector classes that the jar, or the jars in the folder, declare, and the number of jars.
func jarConnectors(name string) (classes []string, jars int) {
	// What cannot be read is no plugin that could be named; the caller reports the folder anyway.
	_ = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".jar" {
			return nil
		}
		jars++
		jar, err := zip.OpenReader(path)
		if err != nil {
			return nil
		}
		defer jar.Close()
		for _, service := range connectorServices {
			classes = append(classes, serviceClasses(&jar.Reader, service)...)
		}
		return nil
	})
	slices.Sort(classes)
	return slices.Compact(classes), jars
}

func serviceClasses(jar *zip.Reader, service string) []string {
	f, err := jar.Open(service)
	if err != nil {
		return nil
	}
	defer f.Close()
	var classes []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		class, _, _ := strings.Cut(lines.Text(), "#")
		if class = strings.TrimSpace(class); class != "" {
			classes = append(classes, class)
		}
	}
	return classes
}
