package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// SupportBundle returns the command `moldau support-bundle`, which prints to out.
func SupportBundle(out io.Writer) *cobra.Command {
	c := &Client{out: out, output: "table"}
	file := ""
	cmd := &cobra.Command{
		Use:   "support-bundle",
		Short: "Fetch what helps to see what is wrong with a worker, without secrets",
		Long: "Fetches a tar.gz with a worker's properties and its connectors' configurations (both masked), their states, the last part of the log,\n" +
			"metrics, goroutines, a heap profile and versions. The URL is that of admin.listeners where the worker has them; without them the worker\n" +
			"answers to its own machine only, on a listener bound to a loopback address. docs/health.md describes all of it.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.supportBundle(cmd.Context(), file) },
	}
	f := cmd.Flags()
	f.StringVar(&c.url, "url", "http://127.0.0.1:8083", "`URL` of a worker's admin listener")
	f.StringVar(&c.caFile, "cacert", "", "`FILE` with the certificates (PEM) to trust for an https URL, instead of the system's")
	f.StringVarP(&file, "file", "f", "", "`FILE` to write, which must not exist; - is the standard output; the default is named by the worker")
	return cmd
}

func (c *Client) supportBundle(ctx context.Context, file string) error {
	if err := c.check(); err != nil {
		return err
	}
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(c.url, "/")+"/admin/support-bundle", nil)
	if err != nil {
		return err
	}
	if user := os.Getenv(userVariable); user != "" {
		request.SetBasicAuth(user, os.Getenv(passwordVariable))
	}
	transport, err := c.transport()
	if err != nil {
		return err
	}
	transport.Proxy = nil // what is between would be the reason for a refusal
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return fmt.Errorf("no worker answers at %s: %w", c.url, errors.Unwrap(err))
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s has no support bundle to give: it is on the worker's admin.listeners, or where those are not set on a listener bound to a loopback address, "+
			"for the machine itself", c.url)
	case response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "application/gzip":
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		if err := c.refused(response, text); err != nil {
			return err
		}
		return fmt.Errorf("%s answered something that is no support bundle", c.url)
	}
	return c.saveBundle(response, file)
}

func (c *Client) saveBundle(response *http.Response, file string) error {
	if file == "-" {
		_, err := io.Copy(c.out, response.Body)
		return err
	}
	if file == "" {
		file = "moldau-support-bundle.tar.gz"
		if _, given, err := mime.ParseMediaType(response.Header.Get("Content-Disposition")); err == nil && given["filename"] != "" {
			file = filepath.Base(given["filename"])
		}
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("--file: %w", err)
	}
	n, err := io.Copy(f, response.Body)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(fmt.Errorf("the bundle of %s is not whole: %w", c.url, err), os.Remove(file))
	}
	fmt.Fprintf(c.out, "%s: %d bytes\n", file, n)
	return nil
}
