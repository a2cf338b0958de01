// SPDX-License-Identifier: MPL-2.0

package acctest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Call is one call on its way to the vCenter.
type Call struct {
	Name string // "CloneVM_Task", "GET /rest/..."
	Body []byte
	Head http.Header
}

// Between puts a proxy between a provider and the vCenter that responds with what answer returns; where that is nil, the vCenter answers.
// ask has the vCenter execute the call, and returns its response.
func (v *VCenter) Between(t testing.TB, answer func(c Call, ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder) *Wire {
	t.Helper()
	proxy := v.proxy(t)
	return v.serve(t, &Wire{}, http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
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
}

// Refusal returns a SOAP fault of this type, without fields.
func Refusal(fault string) *httptest.ResponseRecorder {
	out := httptest.NewRecorder()
	out.Header().Set("Content-Type", "text/xml; charset=utf-8")
	out.Code = http.StatusInternalServerError
	out.Body.WriteString(
		`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>` +
			`<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>refused by the test</faultstring><detail><` + fault +
			`Fault xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="` + fault +
			`"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`)
	return out
}

// RealSwitchTypes puts a proxy between a provider and the vCenter that types references to distributed switches as a real vCenter does,
// VmwareDistributedVirtualSwitch, where the embedded one has DistributedVirtualSwitch.
func (v *VCenter) RealSwitchTypes(t testing.TB) *Wire {
	t.Helper()
	const simulated, genuine = `type="DistributedVirtualSwitch"`, `type="VmwareDistributedVirtualSwitch"`
	proxy := v.proxy(t)
	return v.serve(t, &Wire{}, http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		body = bytes.ReplaceAll(body, []byte(genuine), []byte(simulated))
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		req.Header.Del("Accept-Encoding")
		out := httptest.NewRecorder()
		proxy.ServeHTTP(out, req)
		for key, values := range out.Header() {
			if key != "Content-Length" {
				rw.Header()[key] = values
			}
		}
		rw.WriteHeader(out.Code)
		_, _ = rw.Write(bytes.ReplaceAll(out.Body.Bytes(), []byte(simulated), []byte(genuine)))
	}))
}
