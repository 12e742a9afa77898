// Package config declares configurations: one [Def] gives parsing, defaults, validation as the REST API answers it, and documentation.
//
// Types, texts and order follow Kafka's ConfigDef and AbstractConfig, because connector configs, validation answers and error messages are
// contracts that users' files and tools depend on.
//
//	var def = config.NewDef(
//		config.Key{Name: "topic", Type: config.String, Default: config.NoDefault, Validator: config.NonEmptyString(), Importance: config.High, Doc: "..."},
//		config.Key{Name: "batch.size", Type: config.Int, Default: 2000, Validator: config.AtLeast(1), Importance: config.Low, Doc: "..."},
//	)
//
//	values, err := def.Parse(props)
//	topic, size := values.String("topic"), values.Int("batch.size")
package config
