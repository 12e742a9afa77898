package kubernetes

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/moldau/moldau/connect/config"
	"github.com/moldau/moldau/providers/internal/service"
)

// serviceAccount is where a pod finds the account it runs as.
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

// cluster is an API server and who asks it.
type cluster struct {
	base      *url.URL
	namespace string
	http      *service.Client
	// authorize adds what the server knows the client by.
	authorize func(ctx context.Context, req *http.Request) error
	// refused is told of the Authorization that the server did not take, and says whether another one can be had; nil where none can.
	refused func(authorization string) bool
}

// get asks for a resource. A token that is no longer taken is replaced once.
func (c *cluster) get(ctx context.Context, path string, out any) error {
	var authorization string
	ask := func() error {
		return c.http.JSON(ctx, func(ctx context.Context) (*http.Request, error) {
			req, err := c.request(ctx, path)
			if err == nil {
				authorization = req.Header.Get("Authorization")
			}
			return req, err
		}, out)
	}
	err := ask()
	if c.refused != nil && service.IsStatus(err, http.StatusUnauthorized) && c.refused(authorization) {
		return ask()
	}
	return err
}

func (c *cluster) request(ctx context.Context, path string) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base.JoinPath(path).String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	return req, c.authorize(ctx, req)
}

func newCluster(server, namespace string, secure *tls.Config, authorize func(context.Context, *http.Request) error) (*cluster, error) {
	base, err := url.Parse(server)
	if err != nil || base.Host == "" {
		return nil, config.Failed("The address of the Kubernetes API server is no URL")
	}
	return &cluster{base: base, namespace: cmp.Or(namespace, "default"), authorize: authorize,
		http: service.NewClient(service.Options{TLS: secure, Attempts: 3, Message: refusal})}, nil
}

// findCluster looks where Kubernetes' clients look.
func findCluster(file string) (*cluster, error) {
	if file == "" {
		// Where it lists several files the first one that exists counts here.
		for _, one := range filepath.SplitList(os.Getenv("KUBECONFIG")) {
			if _, err := os.Stat(one); err == nil {
				file = one
				break
			}
		}
	}
	if home, err := os.UserHomeDir(); file == "" && err == nil {
		if one := filepath.Join(home, ".kube", "config"); exists(one) {
			file = one
		}
	}
	if file != "" {
		return fromKubeconfig(file)
	}
	return fromPod(serviceAccount)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// fromPod is the API server of the cluster that the process runs in. The token is read for each request: Kubernetes replaces it.
func fromPod(account string) (*cluster, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), cmp.Or(os.Getenv("KUBERNETES_SERVICE_PORT"), "443")
	if host == "" || !exists(filepath.Join(account, "token")) {
		return nil, config.Failed("No Kubernetes cluster: there is neither a kubeconfig file nor the service account of a pod")
	}
	secure, err := service.TLS{TrustPEM: filepath.Join(account, "ca.crt")}.Config()
	if err != nil {
		return nil, err
	}
	// A pod without the file is in the default namespace.
	namespace, _ := os.ReadFile(filepath.Join(account, "namespace"))
	return newCluster("https://"+net.JoinHostPort(host, port), strings.TrimSpace(string(namespace)), secure, tokenFile(filepath.Join(account, "token")))
}

func tokenFile(file string) func(context.Context, *http.Request) error {
	return func(_ context.Context, req *http.Request) error {
		token, err := os.ReadFile(file)
		if err != nil {
			return service.Failed("Cannot read the token of the service account", err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		return nil
	}
}

// kubeconfig is the part of a kubeconfig file that matters here.
type kubeconfig struct {
	Current  string `yaml:"current-context"`
	Contexts []struct {
		Name    string
		Context struct{ Cluster, User, Namespace string }
	}
	Clusters []struct {
		Name    string
		Cluster struct {
			Server     string
			Skip       bool   `yaml:"insecure-skip-tls-verify"`
			CAFile     string `yaml:"certificate-authority"`
			CAData     string `yaml:"certificate-authority-data"`
			ServerName string `yaml:"tls-server-name"`
		}
	}
	Users []struct {
		Name string
		User user
	}
}

type user struct {
	Token     string
	TokenFile string `yaml:"tokenFile"`
	Username  string
	Password  string
	CertFile  string `yaml:"client-certificate"`
	CertData  string `yaml:"client-certificate-data"`
	KeyFile   string `yaml:"client-key"`
	KeyData   string `yaml:"client-key-data"`
	Exec      *command
}

// command is a program that prints a token (client.authentication.k8s.io).
type command struct {
	APIVersion string `yaml:"apiVersion"`
	Command    string
	Args       []string
	Env        []struct{ Name, Value string }
}

// fromKubeconfig reads the current context of a file.
func fromKubeconfig(file string) (*cluster, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, service.Failed("Cannot read the kubeconfig file", err)
	}
	var k kubeconfig
	if yaml.Unmarshal(text, &k) != nil {
		// The parser's message may quote what it cannot read.
		return nil, config.Failed("The kubeconfig file " + file + " is no YAML of that form")
	}
	missing := func(what, name string) error {
		return config.Failed("The kubeconfig file " + file + " has no " + what + " " + name)
	}
	for _, c := range k.Contexts {
		if c.Name != k.Current {
			continue
		}
		for _, server := range k.Clusters {
			if server.Name != c.Context.Cluster {
				continue
			}
			secure := &tls.Config{InsecureSkipVerify: server.Cluster.Skip, ServerName: server.Cluster.ServerName}
			if secure.RootCAs, err = trusted(file, server.Cluster.CAFile, server.Cluster.CAData); err != nil {
				return nil, err
			}
			for _, u := range k.Users {
				if u.Name == c.Context.User {
					return u.User.cluster(file, server.Cluster.Server, c.Context.Namespace, secure)
				}
			}
			return nil, missing("user", c.Context.User)
		}
		return nil, missing("cluster", c.Context.Cluster)
	}
	return nil, missing("context", k.Current)
}

// beside returns the path of a file that another one names.
func beside(file, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

// content returns what a file or the data beside its name holds.
func content(file, name, data string) ([]byte, error) {
	if data != "" {
		text, err := base64.StdEncoding.DecodeString(data)
		if err != nil {
			return nil, config.Failed("The kubeconfig file " + file + " holds data that is not in base 64")
		}
		return text, nil
	}
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(beside(file, name))
	if err != nil {
		return nil, service.Failed("Cannot read a file that the kubeconfig file names", err)
	}
	return text, nil
}

func trusted(file, name, data string) (*x509.CertPool, error) {
	text, err := content(file, name, data)
	if err != nil || text == nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, config.Failed("The kubeconfig file " + file + " names a certificate authority that is no PEM certificate")
	}
	return pool, nil
}

// cluster joins a user with a server.
func (u user) cluster(file, server, namespace string, secure *tls.Config) (*cluster, error) {
	chain, err := content(file, u.CertFile, u.CertData)
	if err != nil {
		return nil, err
	}
	key, err := content(file, u.KeyFile, u.KeyData)
	if err != nil {
		return nil, err
	}
	if chain != nil && key != nil {
		own, err := tls.X509KeyPair(chain, key)
		if err != nil {
			return nil, config.Failed("The client certificate of the kubeconfig file " + file + " and its key cannot be used")
		}
		secure.Certificates = []tls.Certificate{own}
	}
	authorize := func(context.Context, *http.Request) error { return nil }
	switch {
	case u.TokenFile != "":
		authorize = tokenFile(beside(file, u.TokenFile))
	case u.Token != "":
		authorize = func(_ context.Context, req *http.Request) error {
			req.Header.Set("Authorization", "Bearer "+u.Token)
			return nil
		}
	case u.Username != "":
		authorize = func(_ context.Context, req *http.Request) error {
			req.SetBasicAuth(u.Username, u.Password)
			return nil
		}
	case u.Exec != nil:
		p := &program{command: *u.Exec, dir: filepath.Dir(file)}
		c, err := newCluster(server, namespace, secure, p.authorize)
		if err == nil {
			c.refused = p.forget
		}
		return c, err
	}
	return newCluster(server, namespace, secure, authorize)
}

// program runs a command for tokens and keeps each until its end, or until it is refused: a command need not say when its tokens end.
type program struct {
	command command
	dir     string

	mu      sync.Mutex
	token   string
	expires time.Time
}

func (p *program) authorize(ctx context.Context, req *http.Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.token == "" || !p.expires.IsZero() && time.Now().After(p.expires.Add(-time.Minute)) {
		if err := p.run(ctx); err != nil {
			return err
		}
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	return nil
}

// forget drops the token that was refused, unless another one has taken its place already.
func (p *program) forget(authorization string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if authorization == "Bearer "+p.token {
		p.token = ""
	}
	return true
}

func (p *program) run(ctx context.Context) error {
	name := p.command.Command
	if strings.ContainsRune(name, filepath.Separator) {
		name = beside(filepath.Join(p.dir, "config"), name)
	}
	cmd := exec.CommandContext(ctx, name, p.command.Args...)
	cmd.Env = os.Environ()
	for _, e := range p.command.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	asked, err := json.Marshal(map[string]any{"kind": "ExecCredential", "apiVersion": p.command.APIVersion, "spec": map[string]any{"interactive": false}})
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, "KUBERNETES_EXEC_INFO="+string(asked))
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		return service.Failed("The command "+p.command.Command+" of the kubeconfig file gave no token", err)
	}
	var answer struct {
		Status struct {
			Token   string    `json:"token"`
			Expires time.Time `json:"expirationTimestamp"`
		} `json:"status"`
	}
	if json.Unmarshal(out.Bytes(), &answer) != nil || answer.Status.Token == "" {
		return config.Failed("The command " + p.command.Command + " of the kubeconfig file printed no token")
	}
	p.token, p.expires = answer.Status.Token, answer.Status.Expires
	return nil
}
