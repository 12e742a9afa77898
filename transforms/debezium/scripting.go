package debezium

import (
	"strings"

	"github.com/moldau/moldau/connect"
	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/internal/javafmt"
)

// scripting is what Filter and ContentBasedRouter have in common (ScriptingTransformation): an expression that is asked of each record.
type scripting struct {
	script *script
	nulls  string
	topic  *javafmt.Regex
}

// expressionLanguage describes the expressions, in place of the scripts of Groovy and JavaScript that Debezium runs.
const expressionLanguage = "Expressions are those of the language Expr (expr-lang.org), which cannot loop for ever, read files or reach the network; most conditions " +
	"written for Groovy or JavaScript mean the same in it: properties (value.after.id), value?.after, == != < <= > >= + - * / && || ! ?: ?? in, numbers, text in single or " +
	"double quotes, null, lists in brackets, and methods of schemas (name(), field('id')), text (startsWith('a'), contains('a'), toLowerCase(), length()), lists and maps " +
	"(size(), contains(1), containsKey('a')). Statements, closures, casts, regular expressions in slashes, operands of && || ! and ?: that are no booleans, and further " +
	"classes of Java are not supported; text matches 'pattern' takes the regular expressions of RE2. The names are key, value, keySchema, valueSchema, topic, and header, " +
	"whose members have value and schema."

func scriptingKeys(expression option) *declaration {
	return declare(
		option{Key: config.Key{Name: "topic.regex", Type: config.String, Default: nil, Importance: config.Low, Width: config.WidthLong,
			Doc: "Java regular expression for the whole topic of the records to look at; other records are left alone. Without it all are looked at."}, checks: []check{checkRegex}},
		option{Key: config.Key{Name: "language", Type: config.String, Default: nil, Importance: config.High, Width: config.WidthMedium,
			Doc: "jsr223.groovy, jsr223.graal.js or jsr223.expr, which all stand for the same language here. Required. " + expressionLanguage}, checks: []check{checkRequired}},
		expression,
		option{Key: config.Key{Name: "null.handling.mode", Type: config.String, Default: "keep", Importance: config.Low, Width: config.WidthShort,
			Doc: "What becomes of records without a value: keep leaves them alone, drop removes them, evaluate asks the expression, to which value is null."},
			checks: []check{oneOf("drop", "keep", "evaluate")}},
	)
}

func (x *scripting) read(o *options, expressionKey string) (err error) {
	if o.wrong() {
		return debeziumError("The provided configuration isn't valid; check the error log for details.", nil)
	}
	expression, language := o.text(expressionKey), o.text("language")
	engine, ok := strings.CutPrefix(language, "jsr223.")
	if !ok && !strings.HasPrefix(language, "wasm.") {
		return debeziumError("Value for option 'language' must begin with 'jsr223.' or 'wasm', e.g. 'jsr223.groovy'", nil)
	}
	switch engine {
	case "groovy", "graal.js", "expr":
		x.script, err = compileScript(expression)
	default:
		err = debeziumError("Implementation of language '"+strings.TrimPrefix(language, "wasm.")+"' not found on the classpath", nil)
	}
	if err != nil {
		return debeziumError("Failed to parse expression '"+expression+"'", err)
	}
	x.nulls = o.word("null.handling.mode")
	if regex := o.text("topic.regex"); regex != "" {
		x.topic, err = javafmt.Compile(regex, 0)
	}
	return err
}

// concerns reports whether the expression is to be asked; where it is not, kept says what becomes of the record.
func (x *scripting) concerns(r *connect.Record) (asked, kept bool, err error) {
	if x.topic != nil {
		if matches, err := x.topic.Matches(r.Topic); err != nil || !matches {
			return false, err == nil, err
		}
	}
	if r.Value().IsNull() && x.nulls != "evaluate" {
		return false, x.nulls == "keep", nil
	}
	return true, false, nil
}

// failed is the error of an expression that cannot be evaluated.
func (x *scripting) failed(r *connect.Record, cause error) error {
	return debeziumError("Error while evaluating expression '"+x.script.source+"' for record '"+r.String()+"'", cause)
}
