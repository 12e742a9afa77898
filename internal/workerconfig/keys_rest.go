package workerconfig

import (
	"github.com/moldau/moldau/connect/config"
)

// restKeys are the public keys of the REST server (RestServerConfig).
func restKeys() []config.Key {
	return []config.Key{
		{Name: "listeners", Type: config.List, Default: []string{"http://:8083"}, Validator: listenersValidator{},
			Doc: "Addresses of the REST API, URLs with http or https separated by commas; an empty host listens on all interfaces, port 0 takes a free one."},
		{Name: "rest.advertised.host.name",
			Doc: "Host that other workers reach this one under; null takes that of the listener."},
		{Name: "rest.advertised.port", Type: config.Int,
			Doc: "Port that other workers reach this one under; null takes the bound one."},
		{Name: "rest.advertised.listener",
			Doc: "Protocol, http or https, that other workers use for this one; null prefers http where there is such a listener."},
		{Name: "access.control.allow.origin", Default: "",
			Doc: "Origins that browsers may call the REST API from, * for any; empty allows none."},
		{Name: "access.control.allow.methods", Default: "",
			Doc: "Methods that browsers may use from other origins; empty allows GET, POST and HEAD."},
		{Name: "response.http.headers.config", Default: "", Validator: headerRules{},
			Doc: "Headers added to answers: rules of the form 'action name:value' separated by commas, with the actions set, add, setDate and addDate."},
		{Name: "ssl.client.auth", Default: "none", Validator: config.ValidString("required", "requested", "none"),
			Doc: "Whether clients of https listeners must, may or need not show a certificate."},
		{Name: "rest.extension.classes", Type: config.List, Default: []string{}, Validator: config.AnyNonDuplicateValues(true, false),
			Doc: "REST extensions, separated by commas. The one there is: BasicAuthSecurityRestExtension."},
		{Name: "admin.listeners", Type: config.List, Validator: config.AnyNonDuplicateValues(true, true),
			Doc: "Addresses of the admin resources: null shares the listeners, an empty list turns the resources off, URLs open further sockets."},
	}
}
