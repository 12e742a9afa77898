package mysql

import (
	"errors"
	"strings"

	driver "github.com/go-sql-driver/mysql"
)

// packetError is the error of a statement or value that is larger than the server takes, with what to set.
type packetError struct{ err error }

func (e *packetError) Error() string {
	return "a value or statement is larger than max_allowed_packet of the server, which can be set up to 1073741824 there: " + e.err.Error()
}

// Unwrap returns the driver's or the server's error.
func (e *packetError) Unwrap() error { return e.err }

// sized makes such errors packetErrors: the driver's own tells of a setting that it takes from the server.
func sized(err error) error {
	if tooLarge(err) {
		return &packetError{err}
	}
	return err
}

func tooLarge(err error) bool {
	const netPacketTooLarge, unknown = 1153, 1105 // 1105 comes when a value was sent in pieces before its statement
	var e *driver.MySQLError
	return errors.Is(err, driver.ErrPktTooLarge) ||
		errors.As(err, &e) && (e.Number == netPacketTooLarge || e.Number == unknown && strings.Contains(e.Message, "max_allowed_packet"))
}
