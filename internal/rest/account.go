package rest

import (
	"github.com/moldau/moldau/internal/rest/audit"
)

// openAudit opens what the audit's events are written to.
func (s *Server) openAudit() error {
	v := s.cfg.Values
	if path := v.String("moldau.rest.audit.file"); path != "" {
		file, err := audit.OpenFile(path, v.Int64("moldau.rest.audit.file.max.bytes"), v.Int("moldau.rest.audit.file.max.files"), s.log)
		if err != nil {
			return err
		}
		s.audit = append(s.audit, file)
	}
	if s.cfg.AuditTopic != nil {
		s.audit = append(s.audit, s.cfg.AuditTopic())
	}
	return nil
}

func (s *Server) closeAudit() {
	for _, sink := range s.audit {
		sink.Close()
	}
}
