package vectors

// Families lists every family. A new one adds its line here.
func Families() []Family {
	return []Family{
		textFamily(),
		dataFamily(),
		valuesFamily(),
		configFamily(),
		convertersFamily(),
		smtFamily(),
		debeziumFamily(),
		moreFamily(),
		storeFamily(),
		avroFamily(),
		jsonschemaFamily(),
		groupFamily(),
		storeRecordsFamily(),
	}
}

// Functions joins the families into one table: "folder/file" to the functions of its groups.
func Functions() Family {
	all := Family{}
	for _, family := range Families() {
		for file, groups := range family {
			if all[file] == nil {
				all[file] = map[string]Func{}
			}
			for group, f := range groups {
				all[file][group] = f
			}
		}
	}
	return all
}
