package registry

import "fmt"

// mostReferences bounds how many schemas one schema may need.
const mostReferences = 10000

// Resolve returns the schemas that a schema refers to, each behind those it refers to itself, with the names under which it does.
func (c *Client) Resolve(s *Schema) (names []string, schemas []*Schema, err error) {
	seen := map[string]bool{}
	var visit func(s *Schema) error
	visit = func(s *Schema) error {
		for _, r := range s.References {
			if seen[r.Name] {
				continue
			}
			if seen[r.Name] = true; len(seen) > mostReferences {
				return fmt.Errorf("subject %s refers to more than %d schemas", s.Subject, mostReferences)
			}
			target, err := c.ByVersion(r.Subject, r.Version)
			if err != nil {
				return fmt.Errorf("reference %s (subject %s, version %d): %w", r.Name, r.Subject, r.Version, err)
			}
			if err := visit(target); err != nil {
				return err
			}
			names, schemas = append(names, r.Name), append(schemas, target)
		}
		return nil
	}
	return names, schemas, visit(s)
}
