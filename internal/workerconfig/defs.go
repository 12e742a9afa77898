package workerconfig

import (
	"slices"

	"github.com/moldau/moldau/connect/config"
)

// StandaloneDef returns the declaration of a standalone worker's configuration.
func StandaloneDef() *config.Def {
	return config.NewDef(slices.Concat(commonKeys(), tlsKeys(), topicTrackingKeys(), restKeys(), restOwnKeys(), standaloneKeys(), workerBudgetKeys(), logKeys(), workerObservabilityKeys())...)
}

// DistributedDef returns the declaration of a distributed worker's configuration.
func DistributedDef() *config.Def {
	return config.NewDef(slices.Concat(commonKeys(), tlsKeys(), topicTrackingKeys(), restKeys(), restOwnKeys(), groupKeys(), saslKeys(), distributedKeys(), workerBudgetKeys(), logKeys(), workerObservabilityKeys())...)
}

// RESTDef returns the declaration of the REST server's public keys.
func RESTDef() *config.Def { return config.NewDef(slices.Concat(restKeys(), restOwnKeys())...) }
