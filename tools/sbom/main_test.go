package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The test's own binary is one with modules in it.
func TestTheDocumentOfABinaryIsValidAndNamesItsModules(t *testing.T) {
	t.Parallel()
	self, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "usher")
	if err := os.WriteFile(file, self, 0o600); err != nil {
		t.Fatal(err)
	}
	text := documentOf(t, file)
	if again := documentOf(t, file); !bytes.Equal(text, again) {
		t.Error("the same binary has another document the second time")
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(document); err != nil {
		t.Errorf("the document does not follow CycloneDX's schema: %v\n%s", err, text)
	}

	var bom cyclonedx.BOM
	if err := json.Unmarshal(text, &bom); err != nil {
		t.Fatal(err)
	}
	info, _ := debug.ReadBuildInfo()
	want := []string{"pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go")}
	for _, dep := range info.Deps {
		want = append(want, "pkg:golang/"+dep.Path+"@"+strings.ReplaceAll(dep.Version, "+", "%2B"))
	}
	var got []string
	for _, part := range *bom.Components {
		got = append(got, part.PackageURL)
	}
	if !slices.Equal(got, want) || len(want) < 2 {
		t.Errorf("got the parts %q, want %q", got, want)
	}
}

func documentOf(t *testing.T, file string) []byte {
	t.Helper()
	if err := write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file + ".cdx.json")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// schema is CycloneDX's own, which stands beside the library.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(strings.TrimSpace(string(out)), "schema")
	compiler := jsonschema.NewCompiler()
	for file, url := range map[string]string{"spdx.schema.json": "http://cyclonedx.org/schema/spdx.schema.json", "jsf-0.82.schemax.json": "http://cyclonedx.org/schema/jsf-0.82.schema.json"} {
		text, err := os.ReadFile(filepath.Join(directory, file))
		if err != nil {
			t.Fatal(err)
		}
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiler.AddResource(url, document); err != nil {
			t.Fatal(err)
		}
	}
	compiled, err := compiler.Compile(filepath.Join(directory, "bom-1.6.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestAFileThatIsNoGoBinaryIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usher")
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}
