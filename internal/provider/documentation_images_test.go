// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/protocol"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
)

// refusedImages are the peer's acceptance tests of images that are refused at plan here, and why.
var refusedImages = map[*regexp.Regexp]string{
	regexp.MustCompile(`(?i)access`):      "there are no projects",
	regexp.MustCompile(`(?i)webdownload`): "a vCenter does not convert the qcow2 that it fetches",
}

// TestImagesOfThePeer applies the configurations of the peer's own acceptance tests of images, step by step, after the guide's sed, with
// images from a web server of this machine. After each step the plan is empty, and in the end nothing is left. OPENSTACK_PROVIDER_DIR is a
// checkout of terraform-provider-openstack; without it the test is skipped.
func TestImagesOfThePeer(t *testing.T) {
	t.Parallel()
	from := os.Getenv("OPENSTACK_PROVIDER_DIR")
	if from == "" {
		t.Skip("OPENSTACK_PROVIDER_DIR names no checkout of terraform-provider-openstack")
	}
	server := httptest.NewServer(http.HandlerFunc(anyImage))
	t.Cleanup(server.Close)
	steps, refused := 0, 0
	for name, texts := range peerSteps(t, from) {
		steps += len(texts)
		if why := refusedImage(name); why != "" {
			refused += len(texts)
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vc := acctest.Start(t, vcsim.Options{})
			test := resource.TestCase{ProtoV6ProviderFactories: acctest.Factories}
			for _, text := range texts {
				text = regexp.MustCompile(`https?://[^/"]+/`).ReplaceAllString(alone(ported(t, text)), server.URL+"/")
				test.Steps = append(test.Steps, resource.TestStep{Config: vc.Config("", text)})
			}
			protocol.Test(t, test)
			if left := vc.VMs("novasphere/images/*"); len(left) > 0 || vc.Records() != "" {
				t.Errorf("left are %d images, and records:\n%s", len(left), vc.Records())
			}
		})
	}
	if t.Logf("of %d steps %d are refused", steps, refused); steps < 35 || refused > 7 {
		t.Error("the peer has other tests")
	}
}

// refusedImage returns why a test of the peer is refused; "" if it is not.
func refusedImage(name string) string {
	for pattern, why := range refusedImages {
		if pattern.MatchString(name) {
			return why
		}
	}
	return ""
}

// anyImage serves a small image under any name: a raw disk in compressed form where the name says so, and a qcow2 otherwise.
func anyImage(w http.ResponseWriter, r *http.Request) {
	var content bytes.Buffer
	disk := make([]byte, 1<<20)
	switch path.Ext(r.URL.Path) {
	case ".xz":
		packed, err := xz.NewWriter(&content)
		if err == nil {
			_, err = packed.Write(disk)
		}
		if err != nil || packed.Close() != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	case ".zst":
		packed, err := zstd.NewWriter(&content)
		if err == nil {
			_, err = packed.Write(disk)
		}
		if err != nil || packed.Close() != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	default:
		http.ServeFile(w, r, filepath.FromSlash(exampleImage()))
		return
	}
	_, _ = w.Write(content.Bytes()) // the client tells
}

// peerSteps returns the configurations of the peer's acceptance tests of images, by test.
func peerSteps(t *testing.T, dir string) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "openstack", "*images_image*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no tests of images: %v", dir, err)
	}
	texts, tests := peerTexts{}, map[string]*ast.FuncDecl{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if len(n.Values) == 1 {
					texts[n.Names[0].Name] = n.Values[0]
				}
			case *ast.FuncDecl:
				if last := len(n.Body.List) - 1; last >= 0 {
					if back, is := n.Body.List[last].(*ast.ReturnStmt); is && len(back.Results) == 1 {
						texts[n.Name.Name] = back.Results[0]
					}
				}
				if strings.HasPrefix(n.Name.Name, "TestAcc") {
					tests[n.Name.Name] = n
				}
			}
			return true
		})
	}
	out := map[string][]string{}
	for name, test := range tests {
		ast.Inspect(test, func(n ast.Node) bool {
			if pair, is := n.(*ast.KeyValueExpr); is {
				if key, is := pair.Key.(*ast.Ident); is && key.Name == "Config" {
					out[name] = append(out[name], texts.of(pair.Value))
				}
			}
			return true
		})
	}
	return out
}

// peerTexts are the expressions of the peer's texts, by the names of constants and functions.
type peerTexts map[string]ast.Expr

// of evaluates a text: a literal, a name, the call of a function, or fmt.Sprintf of such.
func (p peerTexts) of(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value) // the compiler has read it
		return text
	case *ast.Ident:
		return p.of(p[e.Name])
	case *ast.CallExpr:
		if name, is := e.Fun.(*ast.Ident); is {
			return p.of(p[name.Name])
		}
		var values []any
		for _, one := range e.Args[1:] {
			values = append(values, p.of(one))
		}
		return fmt.Sprintf(p.of(e.Args[0]), values...)
	}
	return ""
}
