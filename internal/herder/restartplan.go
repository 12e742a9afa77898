package herder

// RestartPlan is what a restart request selects, decided from the states at one moment (KIP-745).
type RestartPlan struct {
	// Status is the connector's status at that moment, with what is selected as RESTARTING: the answer to the request.
	Status *ConnectorStatus
	// Connector says that the connector instance restarts.
	Connector bool
	// Tasks are the numbers of the tasks that restart.
	Tasks []int
}

// NewRestartPlan selects what of a connector in the given status restarts; status is changed to the plan's.
func NewRestartPlan(request RestartRequest, status *ConnectorStatus) *RestartPlan {
	plan := &RestartPlan{Status: status}
	if selects(request.OnlyFailed, status.Connector.State) {
		plan.Connector = true
		status.Connector.State = Restarting
	}
	if !request.IncludeTasks {
		return plan
	}
	for i := range status.Tasks {
		if t := &status.Tasks[i]; selects(request.OnlyFailed, t.State) {
			plan.Tasks = append(plan.Tasks, t.ID)
			t.State = Restarting
		}
	}
	return plan
}

func selects(onlyFailed bool, state State) bool { return !onlyFailed || state == Failed }
