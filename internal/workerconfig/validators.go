package workerconfig

import (
	"slices"
	"strings"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// connectProtocol accepts the names of group protocols in any case (ConnectProtocolCompatibility).
var connectProtocol = config.Lambda(func(name string, value any) error {
	s, _ := value.(string)
	if !slices.Contains([]string{"eager", "compatible", "sessioned"}, strings.ToLower(s)) {
		return config.Invalid(name, value, "Invalid Connect protocol compatibility")
	}
	return nil
}, describe("[eager, compatible, sessioned]"))

// partitions accepts what a topic can be created with.
var partitions = positiveOrDefault("Number of partitions must be positive, or -1 to use the broker's default",
	"Positive number, or -1 to use the broker's default")

// replicationFactor accepts what a topic can be created with.
var replicationFactor = positiveOrDefault(
	"Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default",
	"Positive number not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default")

func positiveOrDefault(problem, valid string) config.Validator {
	return config.Lambda(func(name string, value any) error {
		var n int64
		switch v := value.(type) {
		case int32:
			n = int64(v)
		case int16:
			n = int64(v)
		}
		if n > 0 || n == -1 {
			return nil
		}
		return config.Invalid(name, value, problem)
	}, describe(valid))
}

// macs are the algorithms that requests between workers can be signed with, in the order of the JDK's message.
var macs = []string{"HmacSHA3-512", "HmacSHA3-256", "HmacSHA512", "HmacSHA512/256", "HmacMD5", "HmacSHA256", "HmacSHA1", "HmacSHA3-384",
	"HmacSHA3-224", "HmacSHA512/224", "HmacSHA224", "HmacSHA384"}

// generators are the algorithms that keys can be made for, in the order of the JDK's message.
var generators = []string{"HmacSHA3-384", "HmacSHA3-512", "HmacSHA3-256", "HmacSHA3-224", "HmacSHA512", "AES", "HmacSHA512/256",
	"HmacSHA512/224", "HmacSHA224", "HmacMD5", "HmacSHA256", "HmacSHA384", "HmacSHA1"}

var keyAlgorithm = config.Lambda(func(name string, value any) error {
	return supported(name, value, generators)
}, describe("Any KeyGenerator algorithm supported by the worker JVM"))

var signatureAlgorithm = config.Lambda(func(name string, value any) error {
	return supported(name, value, macs)
}, describe("Any MAC algorithm supported by the worker JVM"))

var signatureAlgorithms = config.Lambda(func(name string, value any) error {
	list, ok := value.([]string)
	if !ok || len(list) == 0 {
		return config.Invalid(name, value, "At least one signature verification algorithm must be provided")
	}
	for _, algorithm := range list {
		if err := supported(name, algorithm, macs); err != nil {
			return err
		}
	}
	return nil
}, describe("A list of one or more MAC algorithms, each supported by the worker JVM"))

// supported finds an algorithm by name in any case, as Java's security providers do.
func supported(name string, value any, algorithms []string) error {
	s, _ := value.(string)
	for _, a := range algorithms {
		if strings.EqualFold(a, s) {
			return nil
		}
	}
	return config.Invalid(name, value, "the algorithm is not supported by this JVM; the supported algorithms are: "+config.Text(algorithms))
}

// uniqueAliases accepts lists that name nothing twice; what names the things, for documentation.
func uniqueAliases(what string) config.Validator {
	return config.Composite(config.NonNull(), config.Lambda(func(name string, value any) error {
		list, _ := value.([]string)
		for i, alias := range list {
			if slices.Contains(list[:i], alias) {
				return config.Invalid(name, value, "Duplicate alias provided.")
			}
		}
		return nil
	}, describe("unique "+what)))
}

// nullOr lets null pass and leaves the rest to another validator.
type nullOr struct{ config.Validator }

func (v nullOr) EnsureValid(name string, value any) error {
	if value == nil {
		return nil
	}
	return v.Validator.EnsureValid(name, value)
}

func describe(text string) func() string { return func() string { return text } }

// connectException is an error that clients and traces know as ConnectException.
func connectException(msg string) error {
	return javafmt.NewException(javafmt.ConnectException, msg, nil)
}
