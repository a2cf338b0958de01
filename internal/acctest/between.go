package acctest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Call is one call on its way to the vCenter.
type Call struct {
	Name string // "CloneVM_Task", "GET /rest/..."
	Body []byte
	Head http.Header
}

// Between stands between a provider and a vCenter and answers in its place what answer answers; where that gives nil, the
// vCenter does. The function ask has the vCenter carry out the call, and gives what it said.
func (v *VCenter) Between(t testing.TB, answer func(c Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder) *Wire {
	t.Helper()
	authority, err := os.ReadFile(v.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "https", Host: v.VCenter.Server()})
	proxy.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32}
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		ask := func() *httptest.ResponseRecorder {
			out := httptest.NewRecorder()
			proxy.ServeHTTP(out, req)
			return out
		}
		given := answer(Call{callName(req, body), body, req.Header}, ask)
		if given == nil {
			proxy.ServeHTTP(rw, req)
			return
		}
		for key, values := range given.Header() {
			if key != "Content-Length" {
				rw.Header()[key] = values
			}
		}
		rw.WriteHeader(given.Code)
		_, _ = rw.Write(given.Body.Bytes())
	}))
	server.Config.ErrorLog = proxy.ErrorLog
	server.StartTLS()
	t.Cleanup(server.Close)
	w := &Wire{Server: strings.TrimPrefix(server.URL, "https://"), CAFile: filepath.Join(t.TempDir(), "between.pem")}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(w.CAFile, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

// Refusal is the SOAP fault of that type, which must have no fields that matter.
func Refusal(fault string) *httptest.ResponseRecorder {
	out := httptest.NewRecorder()
	out.Header().Set("Content-Type", "text/xml; charset=utf-8")
	out.Code = http.StatusInternalServerError
	out.Body.WriteString(`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
		`<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>refused by the test</faultstring><detail><` + fault +
		`Fault xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + fault + `"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`)
	return out
}
