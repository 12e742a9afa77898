// Package servers starts real servers for integration tests as child processes on free ports of 127.0.0.1: Apache Kafka, plain and
// secured, its command line tools, Java Connect workers, and a schema registry, also behind a proxy that asks for credentials or speaks
// TLS. It needs java 17 and, the first time, maven for the jars; these are kept in ~/.cache/moldau-kafka/VERSION (KAFKA_LIBS names another
// directory, KAFKA_VERSION another release than 4.3.1). The registry is Apicurio's with Confluent's API; it needs java 21, which .ci/java21
// gets, and is kept in ~/.cache/moldau-registry. The secured Kafka also takes Kerberos tickets where krb5kdc, kadmin.local and kinit are
// installed (Debian: krb5-kdc krb5-admin-server krb5-user), and OAuth tokens, signed ones by the test and unsecured ones.
//
// Tests that call it run with MOLDAU_INTEGRATION=1 or CI=true only, and are skipped otherwise, so that `go test ./...` passes on a
// machine that has nothing but Go. Where a server is wanted but java or maven is missing, a test is skipped with the sentence that
// says what to install, or fails with it under CI=true or MOLDAU_REQUIRE_SERVERS=1.
//
// A server starts at its first use and serves the whole test binary; MOLDAU_TEST_KAFKA=host:port and MOLDAU_TEST_REGISTRY=URL
// use one that runs already; so do MOLDAU_TEST_POSTGRES, MOLDAU_TEST_MARIADB and MOLDAU_TEST_MYSQL=127.0.0.1:port, where the user test with the
// password test has all rights, for databases. MySQL is tested in no other way. On Linux the kernel kills the children with the test binary however that ends. A binary that checks for leaked goroutines calls Stop
// before it does.
package servers

import (
	"os"
	"os/exec"
	"testing"
)

// Enabled says whether integration tests were asked for.
func Enabled() bool { return os.Getenv("MOLDAU_INTEGRATION") == "1" || required() }

func required() bool { return os.Getenv("CI") == "true" || os.Getenv("MOLDAU_REQUIRE_SERVERS") == "1" }

// Need skips the test unless integration tests were asked for. Every function that starts something calls it.
func Need(t testing.TB) {
	t.Helper()
	if !Enabled() {
		t.Skip("set MOLDAU_INTEGRATION=1 (needs java 17 and maven)")
	}
}

// needProgram skips or fails a test for want of a program.
func needProgram(t testing.TB, name, get string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if required() {
		t.Fatalf("%s is not installed: %s", name, get)
	}
	t.Skipf("%s is not installed: %s", name, get)
	return ""
}

func needJava(t testing.TB) string {
	t.Helper()
	return needProgram(t, "java", "get java 17, for example with apt-get install openjdk-17-jre-headless")
}

func needMaven(t testing.TB) string {
	t.Helper()
	return needProgram(t, "mvn", "get maven, for example with apt-get install maven")
}
