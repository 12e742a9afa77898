package kafka

import (
	"context"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hostPort is the pattern of org.apache.kafka.common.utils.Utils.getHost and getPort.
var hostPort = regexp.MustCompile(`^(?:[0-9a-zA-Z\-%._]*://)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$`)

// ParseBootstrap checks the elements of bootstrap.servers and returns them as host:port without duplicates. It does not resolve
// names. The messages are those of ClientUtils.parseAndValidateAddresses.
func ParseBootstrap(servers []string) ([]string, error) {
	var addresses []string
	for _, server := range servers {
		m := hostPort.FindStringSubmatch(server)
		if m == nil {
			return nil, &ConfigError{"bootstrap.servers", "Invalid url in bootstrap.servers: " + server}
		}
		port, err := strconv.Atoi(m[2])
		if err != nil {
			return nil, &ConfigError{"bootstrap.servers", "Invalid url in bootstrap.servers: " + server}
		}
		if port > 65535 {
			return nil, &ConfigError{"bootstrap.servers", "Invalid port in bootstrap.servers: " + server}
		}
		host := m[1]
		if host == "" { // as new InetSocketAddress("", port)
			host = "localhost"
		}
		address := net.JoinHostPort(host, m[2])
		if !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}

// A Resolver looks names up; *net.Resolver is one.
type Resolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
	LookupAddr(ctx context.Context, addr string) ([]string, error)
}

// resolveBootstrap drops addresses whose name does not resolve and fails when none is left, as Java's clients do when they are
// constructed. With canonical it replaces each name by the canonical names behind it, which Kerberos and certificates may need
// (client.dns.lookup=resolve_canonical_bootstrap_servers_only).
func resolveBootstrap(ctx context.Context, resolver Resolver, addresses []string, canonical bool) ([]string, []string, error) {
	var usable, unresolved []string
	for _, address := range addresses {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			unresolved = append(unresolved, address)
			continue
		}
		ips, err := resolver.LookupHost(ctx, host)
		if err != nil || len(ips) == 0 {
			if ctx.Err() != nil {
				return nil, nil, ctx.Err()
			}
			unresolved = append(unresolved, address)
			continue
		}
		if !canonical {
			usable = append(usable, address)
			continue
		}
		for _, ip := range ips {
			name := ip
			if names, err := resolver.LookupAddr(ctx, ip); err == nil && len(names) > 0 {
				name = strings.TrimSuffix(names[0], ".")
			}
			if a := net.JoinHostPort(name, port); !slices.Contains(usable, a) {
				usable = append(usable, a)
			}
		}
	}
	if len(usable) == 0 {
		return nil, unresolved, &ConfigError{"bootstrap.servers", "No resolvable bootstrap urls given in bootstrap.servers"}
	}
	return usable, unresolved, nil
}
