// Package jsonpath evaluates JSONPath expressions on Connect values, with the grammar and the meaning that Jayway's JsonPath gives them: structs
// and maps are objects, lists are arrays.
package jsonpath
