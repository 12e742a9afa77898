package worker

// Stage is the step of a record's way in which something failed, with the name that logs and dead letters use.
type Stage string

// The stages of org.apache.kafka.connect.runtime.errors.Stage.
const (
	StageTaskPoll        Stage = "TASK_POLL"
	StageTaskPut         Stage = "TASK_PUT"
	StageTransformation  Stage = "TRANSFORMATION"
	StageKeyConverter    Stage = "KEY_CONVERTER"
	StageValueConverter  Stage = "VALUE_CONVERTER"
	StageHeaderConverter Stage = "HEADER_CONVERTER"
	StageKafkaProduce    Stage = "KAFKA_PRODUCE"
	StageKafkaConsume    Stage = "KAFKA_CONSUME"
)

// tolerable reports whether errors.tolerance=all skips a record that failed at the stage with an error that is not retriable
// (RetryWithToleranceOperator.TOLERABLE_EXCEPTIONS).
func (s Stage) tolerable() bool {
	switch s {
	case StageTransformation, StageKeyConverter, StageValueConverter, StageHeaderConverter:
		return true
	}
	return false
}
