{{/* The head of every pod: nothing of root, no token of the cluster, no variables named after services. */}}
{{- define "clipzy.pod" -}}
automountServiceAccountToken: false
# a service called `api` would set API_PORT, which is a setting
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .uid }}
  runAsGroup: {{ .uid }}
  fsGroup: {{ .uid }}
  # a volume with many files would else be walked at each start
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "clipzy.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Where the pods of one kind run: call with (list . "api" .Values.api). */}}
{{- define "clipzy.placement" -}}
{{- $component := index . 2 -}}
{{- $gpu := int (default 0 $component.gpu) -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "clipzy.selector" . | nindent 8 }}
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "clipzy.selector" . | nindent 8 }}
{{- with $component.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if or $gpu $component.tolerations }}
tolerations:
  {{- if $gpu }}
  - key: nvidia.com/gpu
    operator: Exists
    effect: NoSchedule
  {{- end }}
  {{- with $component.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- if and $gpu $component.runtimeClassName }}
runtimeClassName: {{ $component.runtimeClassName | quote }}
{{- end }}
{{- end -}}

{{/* What a container is granted, its GPUs among it. */}}
{{- define "clipzy.resources" -}}
{{- $limits := deepCopy .resources.limits -}}
{{- if int (default 0 .gpu) -}}
{{- $_ := set $limits .gpuResource (int .gpu) -}}
{{- end -}}
resources:
  requests:
    {{- toYaml .resources.requests | nindent 4 }}
  limits:
    {{- toYaml $limits | nindent 4 }}
{{- end -}}

{{/* `video` lets FFmpeg reach NVDEC and NVENC; `void` keeps a pod that asked for no GPU from seeing the node's. */}}
{{- define "clipzy.nvidia" -}}
{{- if int (default 0 .gpu) -}}
- name: NVIDIA_DRIVER_CAPABILITIES
  value: compute,video,utility
{{- else -}}
- name: NVIDIA_VISIBLE_DEVICES
  value: void
{{- end }}
{{- end -}}

{{/* With one pod a GPU, a rolling update must free one before it can take one. */}}
{{- define "clipzy.rollout" -}}
{{- if int (default 0 .gpu) -}}
rollingUpdate:
  maxSurge: 0
  maxUnavailable: 1
{{- else -}}
rollingUpdate:
  maxSurge: 1
  maxUnavailable: 0
{{- end }}
type: RollingUpdate
{{- end -}}
