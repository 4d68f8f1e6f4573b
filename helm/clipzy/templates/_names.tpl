{{/* Begins the names of all that is made, services' among them: of those a cluster takes no dots, nor a digit as the first. */}}
{{- define "clipzy.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $full := default $both .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- if not (regexMatch "^[a-z][-a-z0-9]*$" $full) -}}
{{- fail (printf "%q cannot begin the names of services: small letters, digits and -, a letter first; name the release so, or set fullnameOverride" $full) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{/* Of a StatefulSet's name 52 characters are left by the hash of its revision, which the cluster puts beside it into a label of 63. */}}
{{- define "clipzy.postgresql" -}}
{{- $name := include "clipzy.fullname" . -}}
{{- if gt (len $name) 41 -}}
{{- $name = printf "%s-%s" ($name | trunc 32 | trimSuffix "-") ($name | sha256sum | trunc 8) -}}
{{- end -}}
{{- $name -}}-postgresql
{{- end -}}

{{- define "clipzy.app" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What selects the pods of one kind: call with (list . "api"). Never changes over a release's life. */}}
{{- define "clipzy.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ include "clipzy.app" $ | quote }}
app.kubernetes.io/instance: {{ $.Release.Name | quote }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "clipzy.labels" -}}
{{- $ := index . 0 -}}
{{ include "clipzy.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "clipzy.metadata" -}}
name: {{ include "clipzy.fullname" (index . 0) }}-{{ index . 1 }}
labels:
  {{- include "clipzy.labels" . | nindent 2 }}
{{- end -}}

{{- define "clipzy.image" -}}
{{- $ := index . 0 -}}
{{- $image := index . 1 -}}
{{- $repository := required "image.repository and triton.image.repository name the images in your registry" $image.repository }}
image: {{ printf "%s:%s" $repository (default $.Chart.AppVersion $image.tag) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end -}}
