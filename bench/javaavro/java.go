package main

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed pom.xml
var pom []byte

//go:embed Bench.java
var source []byte

// converter is Confluent's AvroData under another name: Confluent's own jar is in no public repository of Maven.
const converter = "io.apicurio:apicurio-registry-utils-converter:3.0.9"

// jars returns the directory of the jars, and gets them with maven the first time.
func jars() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(home, ".cache", "moldau-javaavro")
	if _, err := os.Stat(filepath.Join(dir, ".complete")); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(file, pom, 0o644); err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"-q", "-B", "-f", file, "dependency:copy-dependencies", "-DoutputDirectory=" + dir},
		{"-q", "-B", "dependency:copy", "-Dartifact=" + converter, "-DoutputDirectory=" + dir},
	} {
		cmd := exec.Command("mvn", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("getting the jars with maven: %w\n%s", err, out)
		}
	}
	return dir, os.WriteFile(filepath.Join(dir, ".complete"), nil, 0o644)
}

// jdk returns the java of an installation that has a compiler, which running a source file needs.
func jdk() (string, error) {
	homes, _ := filepath.Glob("/usr/lib/jvm/*") // the pattern is well formed
	if home := os.Getenv("JAVA_HOME"); home != "" {
		homes = append([]string{home}, homes...)
	}
	for _, home := range homes {
		if _, err := os.Stat(filepath.Join(home, "bin", "javac")); err == nil {
			return filepath.Join(home, "bin", "java"), nil
		}
	}
	return "", errors.New("no JDK 17 or newer in JAVA_HOME or /usr/lib/jvm: get one, for example with apt-get install openjdk-17-jdk-headless")
}

// java is the program in Java, which converts records on command.
type java struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	version string
}

func startJava(dir, heap string) (*java, error) {
	program, err := jdk()
	if err != nil {
		return nil, err
	}
	libs, err := jars()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "Bench.java")
	if err := os.WriteFile(file, source, 0o644); err != nil {
		return nil, err
	}
	version, err := exec.Command(program, "-version").CombinedOutput()
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(version), "\n")
	j := &java{cmd: exec.Command(program, "-Xmx"+heap, "-cp", filepath.Join(libs, "*"), file), version: first}
	j.cmd.Stderr = os.Stderr
	if j.in, err = j.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := j.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	j.answers = bufio.NewReader(out)
	return j, j.cmd.Start()
}

func (j *java) ask(words ...string) (string, error) {
	if _, err := fmt.Fprintln(j.in, strings.Join(words, "\t")); err != nil {
		return "", err
	}
	line, err := j.answers.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("java ended: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// measure returns the CPU time that converting a record takes.
func (j *java) measure(direction, name string, count int) (time.Duration, error) {
	answer, err := j.ask(direction, name, strconv.Itoa(count))
	if err != nil {
		return 0, err
	}
	total, _, _ := strings.Cut(answer, "\t")
	n, err := strconv.ParseInt(total, 10, 64)
	return time.Duration(n), err
}

// stop ends the program: it reads its input to the end.
func (j *java) stop() error { return errors.Join(j.in.Close(), j.cmd.Wait()) }
