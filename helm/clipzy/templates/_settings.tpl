{{- define "clipzy.secret" -}}
valueFrom:
  secretKeyRef:
    name: {{ index . 0 | quote }}
    key: {{ index . 1 | quote }}
{{- end -}}

{{/* A value as text, whole numbers in digits alone: those of a values file are float64, of which Go writes a million as 1e+06. */}}
{{- define "clipzy.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- printf "%.0f" . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* A quantity of Kubernetes' (20Gi, 500M, bytes) in MiB, rounded down: a share of it, call with (list quantity share). */}}
{{- define "clipzy.mebibytes" -}}
{{- $text := include "clipzy.text" (index . 0) -}}
{{- $units := dict "" 1.0 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "K" 1e3 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 "Ei" 1152921504606846976.0 -}}
{{- $bytes := mulf (regexFind "^[0-9.]+" $text | float64) (get $units (regexFind "[A-Za-z]*$" $text)) -}}
{{- divf (mulf $bytes (index . 1)) 1048576.0 | floor | printf "%.0f" -}}
{{- end -}}

{{/* The settings of API, worker and migration; secrets by reference alone. */}}
{{- define "clipzy.environment" -}}
- name: DATA_PATH
  value: /data
{{- if .Values.postgresql.enabled }}
- name: POSTGRES_PASSWORD
  {{- include "clipzy.secret" (list .Values.postgresql.existingSecret .Values.postgresql.key) | nindent 2 }}
- name: DATABASE_URL
  value: postgresql://clipzy:$(POSTGRES_PASSWORD)@{{ include "clipzy.postgresql" . }}:5432/clipzy
{{- else }}
- name: DATABASE_URL
  {{- include "clipzy.secret" (list (required "database.existingSecret names the secret with DATABASE_URL; for a trial set postgresql.enabled" .Values.database.existingSecret) .Values.database.key) | nindent 2 }}
{{- end }}
- name: STORAGE_TYPE
  value: {{ .Values.storage.type }}
{{- if eq .Values.storage.type "s3" }}
- name: S3_BUCKET_NAME
  value: {{ required "storage.bucket names the bucket; or set storage.type to local" .Values.storage.bucket | quote }}
- name: AWS_REGION
  value: {{ .Values.storage.region | quote }}
{{- with .Values.storage.endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- with .Values.storage.existingSecret }}
- name: AWS_ACCESS_KEY_ID
  {{- include "clipzy.secret" (list . $.Values.storage.accessKeyIdKey) | nindent 2 }}
- name: AWS_SECRET_ACCESS_KEY
  {{- include "clipzy.secret" (list . $.Values.storage.secretAccessKeyKey) | nindent 2 }}
{{- end }}
{{- else }}
- name: LOCAL_STORAGE_PATH
  value: /storage
{{- end }}
- name: INFERENCE
  value: triton
- name: TRITON_URL
  value: {{ include "clipzy.fullname" . }}-triton:8001
{{- with .Values.webhooks.existingSecret }}
- name: WEBHOOK_SECRET
  {{- include "clipzy.secret" (list . $.Values.webhooks.key) | nindent 2 }}
{{- end }}
{{- with .Values.tracing }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_TRACES_SAMPLER
  value: {{ .sampler }}
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ include "clipzy.text" .ratio | quote }}
- name: OTEL_RESOURCE_ATTRIBUTES
  value: k8s.namespace.name={{ $.Release.Namespace }}
{{- with .headersSecret }}
- name: OTEL_EXPORTER_OTLP_HEADERS
  {{- include "clipzy.secret" (list . $.Values.tracing.headersKey) | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ include "clipzy.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* Everything that API, worker and migration may write: call with (list . scratchSize). */}}
{{- define "clipzy.volumes" -}}
{{- $ := index . 0 -}}
- name: data
  emptyDir:
    sizeLimit: {{ include "clipzy.text" (index . 1) }}
- name: tmp
  emptyDir:
    sizeLimit: 2Gi
{{- if eq $.Values.storage.type "local" }}
- name: storage
  persistentVolumeClaim:
    claimName: {{ required "storage.existingClaim names the volume claim of storage.type local" $.Values.storage.existingClaim | quote }}
{{- end }}
{{- end -}}

{{- define "clipzy.mounts" -}}
- name: data
  mountPath: /data
- name: tmp
  mountPath: /tmp
{{- if eq .Values.storage.type "local" }}
- name: storage
  mountPath: /storage
{{- end }}
{{- end -}}
