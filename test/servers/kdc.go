package servers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// KDC is a Kerberos key distribution centre of the realm TEST.LOCAL, whose principals are kafka/localhost, admin and test.
type KDC struct {
	// Config is a krb5.conf.
	Config string
	proc   *process
	dir    string
}

// Realm is the realm of every KDC here.
const Realm = "TEST.LOCAL"

// Keytab is the file with the keys of kafka (the broker), admin or test.
func (k *KDC) Keytab(name string) string { return filepath.Join(k.dir, name+".keytab") }

// Kinit fills a ticket cache of test; life and renewable are durations such as 10m, renewable may be empty.
func (k *KDC) Kinit(t testing.TB, cache, life, renewable string) {
	t.Helper()
	kinit := needProgram(t, "kinit", "get it with apt-get install krb5-user")
	args := []string{"-k", "-t", k.Keytab("test"), "-c", cache, "-l", life}
	if renewable != "" {
		args = append(args, "-r", renewable)
	}
	cmd := exec.Command(kinit, append(args, "test@"+Realm)...)
	cmd.Env = append(os.Environ(), "KRB5_CONFIG="+k.Config)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("kinit: %v\n%s", err, out)
	}
}

// startKDC makes a realm in a directory and serves it; nil where the programs are missing and not required.
func startKDC(t testing.TB, dir string) *KDC {
	t.Helper()
	var programs []string
	for _, name := range []string{"krb5kdc", "kdb5_util", "kadmin.local"} {
		path, err := exec.LookPath(name)
		if err != nil { // not in the path of users
			path, err = exec.LookPath(filepath.Join("/usr/sbin", name))
		}
		if err != nil {
			if required() {
				t.Fatalf("%s is not installed: %s", name, getKerberos)
			}
			return nil
		}
		programs = append(programs, path)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + strconv.Itoa(freePorts(t, 1)[0])
	k := &KDC{Config: filepath.Join(dir, "krb5.conf"), dir: dir}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("krb5.conf", fmt.Sprintf("[libdefaults]\ndefault_realm = %[1]s\ndns_lookup_kdc = false\ndns_lookup_realm = false\ndns_canonicalize_hostname = false\n"+
		"rdns = false\nudp_preference_limit = 1\n[realms]\n%[1]s = {\n  kdc = %[2]s\n}\n[domain_realm]\nlocalhost = %[1]s\n", Realm, address))
	write("kdc.conf", fmt.Sprintf("[kdcdefaults]\nkdc_listen = %[2]s\nkdc_tcp_listen = %[2]s\n[realms]\n%[1]s = {\n  database_name = %[3]s/principal\n"+
		"  key_stash_file = %[3]s/stash\n  acl_file = %[3]s/acl\n  max_life = 1d\n  max_renewable_life = 1d\n  supported_enctypes = aes256-cts:normal aes128-cts:normal\n}\n", Realm, address, dir))
	env := append(os.Environ(), "KRB5_CONFIG="+k.Config, "KRB5_KDC_PROFILE="+filepath.Join(dir, "kdc.conf"))
	run := func(program string, args ...string) {
		cmd := exec.Command(program, args...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", program, err, out)
		}
	}
	run(programs[1], "create", "-s", "-r", Realm, "-P", "master")
	for file, principal := range map[string]string{"kafka": "kafka/localhost", "admin": "admin", "test": "test"} {
		run(programs[2], "-q", "addprinc -randkey "+principal)
		run(programs[2], "-q", "ktadd -k "+k.Keytab(file)+" "+principal)
	}
	cmd := exec.Command(programs[0], "-n")
	cmd.Env = env
	p, err := spawn(cmd, filepath.Join(dir, "kdc.log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.await("the key distribution centre", 30*time.Second, func() error {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		return conn.Close()
	}); err != nil {
		p.end(os.Kill)
		t.Fatal(err)
	}
	k.proc = p
	return k
}

const getKerberos = "get it with apt-get install krb5-kdc krb5-admin-server krb5-user"
