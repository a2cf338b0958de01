package automation

import (
	"bytes"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/vmware/govmomi/vapi/library"
)

// tryEndpoint asks for a file that a library is to fetch. It is refused where the server's certificate is neither that of an authority
// that this computer trusts nor the one that the library was told of, and where the server refuses.
func tryEndpoint(e *library.TransferEndpoint) error {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.SSLCertificate != "" || e.SSLCertificateThumbprint != "" {
		config.InsecureSkipVerify = true
		config.VerifyConnection = func(c tls.ConnectionState) error {
			if is(c.PeerCertificates[0], e) {
				return nil
			}
			return errors.New("another certificate than was told")
		}
	}
	transport := &http.Transport{TLSClientConfig: config}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	res, err := client.Get(e.URI)
	if err != nil {
		return fmt.Errorf("HTTP request error: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("HTTP request error: %s answers %s", e.URI, res.Status)
	}
	return nil
}

// is reports whether a certificate is the one that an endpoint names.
func is(c *x509.Certificate, e *library.TransferEndpoint) bool {
	if block, _ := pem.Decode([]byte(e.SSLCertificate)); block != nil {
		return bytes.Equal(block.Bytes, c.Raw)
	}
	sum := sha1.Sum(c.Raw)
	return strings.EqualFold(strings.ReplaceAll(e.SSLCertificateThumbprint, ":", ""), fmt.Sprintf("%x", sum[:]))
}

// recorded is an answer before it is sent.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// record has a request answered.
func record(h http.Handler, req *http.Request) *recorded {
	r := &recorded{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(r, req)
	return r
}

// Header implements http.ResponseWriter.
func (r *recorded) Header() http.Header { return r.header }

// Write implements http.ResponseWriter.
func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }

// WriteHeader implements http.ResponseWriter.
func (r *recorded) WriteHeader(status int) { r.status = status }

func (r *recorded) send(w http.ResponseWriter) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes())
}

// answer sends a value as the API does.
func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"value": value})
}
